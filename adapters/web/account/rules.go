package account

import (
	"slices"
	"time"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/domain"
)

func (Pages) rules(r *page.Request) error { return r.Show(200, rules(r.Caller, rulesFor(r))) }

// ruleBook is what the org requires of the caller's account and lets it do.
type ruleBook struct {
	domain.OrgSettings // within the limits of the server

	factor        string          // the key of the text that says which second factor is required, and why
	devices       string          // the key of the text that says whether devices are remembered
	idle, longest time.Duration   // how long a session lasts without use, and at all
	always        []domain.Action // need a fresh second factor in every org
	listed        []domain.Action // need one because the org wants it
}

func rulesFor(r *page.Request) ruleBook {
	limits := r.Site().Limits
	book := ruleBook{
		OrgSettings: r.Caller.Settings.InForce(limits), factor: factorRule(r.Caller, limits), devices: deviceRule(r.Caller, limits),
		idle: r.Caller.Settings.IdleTimeout(limits), longest: limits.SessionLifetime,
	}
	for _, action := range domain.Actions() {
		switch {
		case !open(r.Caller, action):
		case action.AlwaysGuarded():
			book.always = append(book.always, action)
		case slices.Contains(book.MFARequiredActions, action):
			book.listed = append(book.listed, action)
		}
	}
	return book
}

// deviceRule names the text that says whether a remembered device skips the second factor of the caller.
func deviceRule(caller domain.Caller, limits domain.ServerLimits) string {
	admin, policy := domain.AnyAdmin(caller.Roles), caller.Settings.Policy(limits)
	switch {
	case policy.RemembersDevices(admin):
		return "account.rule.devices"
	case policy.RememberDeviceDays == 0:
		return "account.rule.no_devices"
	case policy.WantsPasskey(admin):
		return "account.rule.no_devices_passkey"
	}
	return "account.rule.no_devices_login"
}

// factorRule names the text about the second factor of the caller's account.
func factorRule(caller domain.Caller, limits domain.ServerLimits) string {
	if caller.WantsPasskey() {
		return "account.rule.passkey_" + caller.Settings.PhishingResistant
	}
	switch without := withoutFactor(caller, limits); without.Reasons[len(without.Reasons)-1].Decider {
	case "require_two_factor":
		return "account.rule.factor_everyone"
	case domain.FactRoles:
		return "account.rule.factor_admin"
	}
	if caller.Factors.Enrolled() {
		return "account.rule.factor_own"
	}
	return "account.rule.factor_optional"
}

// withoutFactor decides on a sign-in of the caller with the right password if the account had no second factor.
func withoutFactor(caller domain.Caller, limits domain.ServerLimits) domain.SignInVerdict {
	return domain.DecideSignIn(caller.Settings.Policy(limits), domain.SignInFacts{
		OrgActive: true, AccountActive: true, PasswordProven: true, AdminRole: domain.AnyAdmin(caller.Roles),
	})
}

// mustEnrol reports whether an account like the caller's needs a second factor.
func mustEnrol(caller domain.Caller, limits domain.ServerLimits) bool {
	return withoutFactor(caller, limits).Outcome == domain.SignInEnrollmentRequired
}

// lacks names the text that says what the org requires and the account does not have; "" for nothing.
func lacks(caller domain.Caller, limits domain.ServerLimits) string {
	switch {
	case caller.WantsPasskey() && !caller.Factors.Has(domain.FactorPasskey):
		return "account.lacks_passkey"
	case !caller.Factors.Enrolled() && mustEnrol(caller, limits):
		return "account.lacks_factor"
	}
	return ""
}

// permissionOf is what an account needs to do an action to others. The other actions are open to every account.
var permissionOf = map[domain.Action]domain.Permission{
	domain.ActionOrgSettingsUpdate: domain.PermOrgSettingsUpdate, domain.ActionRoleAssign: domain.PermRoleAssign,
	domain.ActionRoleManage: domain.PermRoleManage, domain.ActionMemberMFAReset: domain.PermMemberMFAReset,
	domain.ActionMemberPasswordReset: domain.PermMemberPasswordReset, domain.ActionMemberRemove: domain.PermMemberRemove,
	domain.ActionOrgManage: domain.PermPlatformManage,
}

// open reports whether the caller may do the action at all. Signing in is told with the devices.
func open(caller domain.Caller, action domain.Action) bool {
	permission, limited := permissionOf[action]
	switch action {
	case domain.ActionLogin, domain.ActionAPIKeyCreate, domain.ActionWebhookManage:
		return false
	default:
		return !limited || caller.Can(permission)
	}
}

// roleName returns the name of a role in words.
func roleName(r *page.Request, role domain.Role) string {
	if role.System {
		return r.Language.Text("role." + role.Name)
	}
	return role.Name
}
