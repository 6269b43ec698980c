package domain

import (
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"time"
)

// Reach weighs a change by how many it affects. All changes of one reach together weigh less than one
// of the next, because a question has fewer than sixteen changes of each reach.
type Reach int

// The reaches, from the account's own step to the whole service.
const (
	ReachProof   Reach = 1    // a step of the account itself, such as entering a code
	ReachAccount Reach = 16   // a change to this one account by an administrator
	ReachOrg     Reach = 256  // a setting, which affects every account of the org
	ReachService Reach = 4096 // a change that only the operator can make
)

// By returns who can make a change of this reach: "account", "administrator" or "operator".
func (r Reach) By() string {
	switch r {
	case ReachProof:
		return "account"
	case ReachService:
		return "operator"
	default:
		return "administrator"
	}
}

// Change is one change that may reverse a verdict.
type Change struct {
	What  string // what to do, for people
	Reach Reach
	Sets  []Fact
}

// With returns the decision with the changes applied.
func (d Decision) With(changes ...Change) Decision {
	d = d.copied()
	for _, change := range changes {
		for _, set := range change.Sets {
			for _, f := range d.Question.facts(&d.Policy) {
				if f.name == set.Name {
					reflect.ValueOf(f.at).Elem().Set(reflect.ValueOf(set.Value))
				}
			}
		}
	}
	return d
}

// Changes returns every change that the question knows of.
func (d Decision) Changes() []Change { return d.Question.changes(d.Policy) }

// SmallestChange returns the set of changes with the least reach that turns a refusal into a grant, or a
// grant into a refusal. It is empty when no set does.
func (d Decision) SmallestChange() []Change { return d.smallest(d.Changes()) }

// SmallestChangeByOthers returns the same, without steps of the account itself.
func (d Decision) SmallestChangeByOthers() []Change {
	return d.smallest(slices.DeleteFunc(d.Changes(), func(c Change) bool { return c.Reach == ReachProof }))
}

// smallest tries every set of changes. A question has at most a dozen changes.
func (d Decision) smallest(among []Change) (best []Change) {
	granted, least := d.Ruling().Granted, Reach(0)
	for set := uint(1); set < 1<<len(among); set++ {
		tried := make([]Change, 0, bits.OnesCount(set))
		reach := Reach(0)
		for i, change := range among {
			if set>>i&1 == 1 {
				tried, reach = append(tried, change), reach+change.Reach
			}
		}
		if (best == nil || reach < least) && d.With(tried...).Ruling().Granted != granted {
			best, least = tried, reach
		}
	}
	return best
}

// possible collects the changes of a question, without those that would change nothing.
type possible []Change

func (c *possible) add(offered bool, what string, reach Reach, sets ...Fact) {
	if offered {
		*c = append(*c, Change{What: what, Reach: reach, Sets: sets})
	}
}

func (f *SignInFacts) changes(p Policy) []Change {
	var c possible
	c.add(!f.PasswordProven && !f.PasskeyProven, "enter the right password", ReachProof, Fact{"account.password_proven", true})
	c = append(c, f.factorChanges(p)...)
	c.add(f.MustChangePassword, "choose a new password", ReachProof, Fact{"account.temporary_password", false})
	c.add(f.Locked, "wait until the lock ends, or reset the password by mail", ReachProof, Fact{"account.locked", false})
	c.add(!f.AccountActive, "activate the account", ReachAccount, Fact{"account.active", true})
	c.add(f.AccountActive, "suspend the account", ReachAccount, Fact{"account.active", false})
	c.add(f.AdminRole, "remove the admin roles from the account", ReachAccount, Fact{"account.admin_role", false})
	c.add(f.Enrolled, "reset the account's second factor", ReachAccount,
		Fact{"account.enrolled", false}, Fact{"code_proven", false}, Fact{"device", DeviceNone},
		Fact{"account.passkey", false}, Fact{"passkey_proven", false}, Fact{"recovery_code_proven", false})
	c.add(p.RequireTwoFactor, "turn require_two_factor off", ReachOrg, Fact{"require_two_factor", false})
	c.add(f.wantsPasskey(p), "turn phishing_resistant off", ReachOrg, Fact{"phishing_resistant", CoverageOff})
	c.add(!f.OrgActive, "activate the org", ReachService, Fact{"org.active", true})
	return c
}

// factorChanges returns the steps by which the account proves or adds a factor during sign-in.
func (f *SignInFacts) factorChanges(p Policy) (c possible) {
	const code = "enter a code of the authenticator app or a recovery code"
	proven := []Fact{{"passkey_proven", true}, {"code_proven", true}}
	added := append(proven, Fact{"account.enrolled", true}, Fact{"account.passkey", true})
	switch wants := f.wantsPasskey(p); {
	case f.PasskeyProven:
	case wants && f.HasPasskey && f.RecoveryProven:
		c.add(true, "add a new passkey", ReachProof, proven...)
	case f.HasPasskey && (wants || !f.CodeProven):
		c.add(true, "use a passkey", ReachProof, proven...)
	case wants && f.Enrolled && !f.CodeProven:
		c.add(true, code+", then add a passkey", ReachProof, added...)
	case wants:
		c.add(true, "add a passkey during sign-in", ReachProof, added...)
	case f.Enrolled:
		c.add(!f.CodeProven, code, ReachProof, Fact{"code_proven", true})
	default:
		c.add(true, "enrol an authenticator during sign-in", ReachProof, Fact{"account.enrolled", true}, Fact{"code_proven", true})
	}
	return c
}

func (f *SessionFacts) changes(p Policy) []Change {
	var c possible
	fresh := []Fact{{"session.ended_at", time.Time{}}, {"session.last_seen_at", f.At}, {"session.expires_at", f.At.Add(time.Hour)}}
	ended := !f.Session.EndedAt.IsZero() || !f.At.Before(f.Session.ExpiresAt) || f.At.Sub(f.Session.LastSeenAt) >= p.IdleTimeout
	c.add(ended, "sign in again", ReachProof, fresh...)
	wants := p.WantsPasskey(f.AdminRole)
	c.add(!wants && !f.Session.SatisfiesMFA(), "sign in again with a second factor", ReachProof,
		append(fresh, Fact{"session.amr", []AMR{AMRPassword, AMROneTimeCode}})...)
	c.add(wants && !f.Session.ProvedPasskey(), "sign in again with a passkey", ReachProof,
		append(fresh, Fact{"session.amr", []AMR{AMRPassword, AMRPossession}})...)
	c.add(!f.AccountActive, "activate the account", ReachAccount, Fact{"account.active", true})
	c.add(f.AccountActive, "suspend the account", ReachAccount, Fact{"account.active", false})
	c.add(f.AdminRole, "remove the admin roles from the account", ReachAccount, Fact{"account.admin_role", false})
	c.add(p.RequireTwoFactor, "turn require_two_factor off", ReachOrg, Fact{"require_two_factor", false})
	c.add(wants, "turn phishing_resistant off", ReachOrg, Fact{"phishing_resistant", CoverageOff})
	longer := f.At.Sub(f.Session.LastSeenAt).Truncate(time.Minute) + time.Minute
	switch {
	case longer <= p.IdleTimeout || longer > 24*time.Hour:
	case longer <= p.IdleCeiling:
		c.add(true, fmt.Sprintf("raise session_timeout_minutes to %d", longer/time.Minute), ReachOrg, Fact{"session_timeout_minutes", longer})
	default:
		c.add(true, fmt.Sprintf("raise session_timeout_minutes and the service's own limit to %d", longer/time.Minute), ReachService,
			Fact{"session_timeout_minutes", longer}, Fact{ServiceSessionTimeout, longer})
	}
	c.add(!f.OrgActive, "activate the org", ReachService, Fact{"org.active", true})
	return c
}

func (f *ActionFacts) changes(p Policy) []Change {
	guarded, wants := p.guards(f.Action), p.guards(f.Action) && p.WantsPasskey(f.AdminRole)
	c := f.stepUpChanges(guarded, wants)
	c.add(wants && f.AdminRole, "remove the admin roles from the account", ReachAccount, Fact{"account.admin_role", false})
	c.add(wants, "turn phishing_resistant off", ReachOrg, Fact{"phishing_resistant", CoverageOff})
	c.add(!f.Permitted, "give the account a role that permits it", ReachAccount, Fact{"permitted", true})
	c.add(f.Permitted, "remove the roles that permit it from the account", ReachAccount, Fact{"permitted", false})
	c.add(guarded && !f.Action.AlwaysGuarded(), "remove the action from mfa_required_actions", ReachOrg,
		Fact{"mfa_required_actions", []Action(nil)})
	return c
}

// stepUpChanges returns the steps by which the account proves or adds a factor for the action.
func (f *ActionFacts) stepUpChanges(guarded, wants bool) (c possible) {
	if f.ServiceAccount {
		c.add(guarded, "let a person do it", ReachAccount,
			Fact{"service_account", false}, Fact{"account.enrolled", true}, Fact{"step_up", true},
			Fact{"account.passkey", true}, Fact{"step_up_passkey", true})
		return c
	}
	c.add(guarded && !wants && !f.Enrolled, "enrol an authenticator", ReachProof, Fact{"account.enrolled", true})
	c.add(guarded && !wants && !f.StepUpFresh, "step up for the action with a second factor", ReachProof, Fact{"step_up", true})
	c.add(wants && !f.HasPasskey, "add a passkey", ReachProof, Fact{"account.enrolled", true}, Fact{"account.passkey", true})
	c.add(wants && (!f.StepUpFresh || !f.StepUpPasskey), "step up for the action with a passkey", ReachProof,
		Fact{"step_up", true}, Fact{"step_up_passkey", true})
	return c
}

func (f *PermissionFacts) changes(Policy) []Change {
	var c possible
	c.add(!f.Granted, "give the account a role that grants it, such as "+leastRole(f.Permission), ReachAccount, Fact{"granted", true})
	c.add(f.Granted, "remove the roles that grant it from the account", ReachAccount, Fact{"granted", false})
	c.add(!f.AccountActive, "activate the account", ReachAccount, Fact{"account.active", true})
	c.add(f.Permission.Platform() && !f.OperatorsOrg, "use an account of the operators' org", ReachService, Fact{"org.operators", true})
	c.add(!f.OrgActive, "activate the org", ReachService, Fact{"org.active", true})
	return c
}

// leastRole returns the least powerful system role that grants the permission.
func leastRole(permission Permission) string {
	names := SystemRoles()
	slices.Reverse(names)
	for _, name := range names {
		if slices.Contains(systemRolePermissions(name), permission) {
			return name
		}
	}
	return RoleOwner
}

func (f *AllowanceFacts) changes(Policy) []Change {
	var c possible
	c.add(!f.Allowed, "turn "+f.Setting+" on", ReachOrg, Fact{"allowed", true})
	c.add(f.Allowed, "turn "+f.Setting+" off", ReachOrg, Fact{"allowed", false})
	return c
}

func (f *RankFacts) changes(Policy) []Change {
	var c possible
	c.add(f.Self, "let another administrator do it", ReachAccount, Fact{"own_account", false})
	c.add(f.TargetOwner && !f.Owner, "let an owner do it", ReachAccount, Fact{"account.owner", true}, Fact{"lacked_permissions", 0})
	c.add(f.Missing > 0, "give the account roles with the missing permissions", ReachAccount, Fact{"lacked_permissions", 0})
	c.add(f.Missing == 0, "give the other account a role that this one lacks", ReachAccount, Fact{"lacked_permissions", 1})
	return c
}
