package orgtransfer

import (
	"encoding/base32"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// org checks the org, and gives it the id and the slug that it has here.
func (x *examination) org(row port.OrgRow) error {
	if x.rows[port.SectionOrg] > 1 {
		return wrong("", "a file holds one org")
	}
	if stringOf(row, "id") != string(x.header.Org) || stringOf(row, "slug") != x.header.Slug {
		return wrong("id", "is not the org of the header")
	}
	if x.target.slug == "" {
		x.target.slug = domain.Slug(x.header.Slug)
	}
	slug, err := domain.ParseSlug(string(x.target.slug))
	if err != nil {
		return wrong("slug", "is no slug")
	}
	org, err := domain.NewOrg(x.target.id, stringOf(row, "name"), slug, time.Time{})
	if err != nil || org.Name != stringOf(row, "name") {
		return wrong("name", "is no name of an org")
	}
	x.name = org.Name
	row["id"], row["slug"] = string(x.target.id), string(slug)
	return nil
}

// settings checks the settings. Those that this build does not know are left out.
func (x *examination) settings(row port.OrgRow) error {
	given, _ := row["document"].(map[string]any)
	settings, known := domain.DefaultOrgSettings(domain.ServerLimits{}, time.Time{}), map[string]any{}
	for _, setting := range domain.Settings() {
		value, there := given[setting.Name]
		if !there {
			continue
		}
		if !assign(setting.Value.Pointer(&settings), value) {
			return wrong("document", "the setting "+setting.Name+" has a value of another type")
		}
		known[setting.Name] = value
	}
	if err := settings.Check(domain.ServerLimits{}); err != nil {
		return wrong("document", "a setting has a value that it cannot have: "+faultOf(err))
	}
	row["document"] = known
	return nil
}

// assign sets a setting, and reports whether the value has its type.
func assign(pointer, value any) (ok bool) {
	switch setting := pointer.(type) {
	case *bool:
		*setting, ok = value.(bool)
	case *int:
		var number float64
		number, ok = value.(float64)
		ok = ok && number == math.Trunc(number) && math.Abs(number) < 1<<31
		*setting = int(number)
	case *string:
		*setting, ok = value.(string)
	case *[]domain.Action:
		ok = words(value) == ""
		*setting = wordsOf[domain.Action](port.OrgRow{"": value}, "")
	}
	return ok
}

// faultOf returns what is wrong with the first field of an error of the domain.
func faultOf(err error) string {
	if failure, ok := err.(*domain.Error); ok && len(failure.Fields) > 0 { //nolint:errorlint // never wrapped
		return failure.Fields[0].Field + " " + failure.Fields[0].Message
	}
	return err.Error()
}

// role checks a role. Permissions that this build does not have, and those of the platform, are dropped.
func (x *examination) role(row port.OrgRow) error {
	id, name := stringOf(row, "id"), stringOf(row, "name")
	system, _ := row["system"].(bool)
	_, twice := x.roles[id]
	switch {
	case twice:
		return wrong("id", "is in the file twice")
	case slices.Contains(domain.SystemRoles(), name) != system || system && x.hasSystemRole(name):
		return wrong("system", "must be true for each system role, once, and for no other role")
	case x.hasRoleNamed(name):
		return wrong("name", "another role of the file has this name")
	case len(x.roles) >= domain.MaxCustomRoles+len(domain.SystemRoles()):
		return wrong("", fmt.Sprintf("an org has at most %d custom roles", domain.MaxCustomRoles))
	}
	x.roles[id] = role{name: name, system: system}
	granted := slices.DeleteFunc(wordsOf[domain.Permission](row, "granted"), func(p domain.Permission) bool {
		dropped := !p.Known() || p.Platform()
		if dropped {
			x.drop(name, p)
		}
		return dropped
	})
	if system {
		granted = nil
	} else if _, err := domain.NewRole(domain.RoleID(id), domain.RoleDraft{
		Name: name, Description: stringOf(row, "description"), Permissions: granted,
	}, domain.Org{}, time.Time{}); err != nil {
		return wrong("name", "is no custom role: "+faultOf(err))
	}
	row["granted"] = listOf(granted)
	return nil
}

func (x *examination) hasRoleNamed(name string) bool {
	for _, role := range x.roles {
		if strings.EqualFold(role.name, name) {
			return true
		}
	}
	return false
}

func (x *examination) drop(role string, permission domain.Permission) {
	if len(x.left.Permissions) < maxNamed {
		x.left.Permissions = append(x.left.Permissions, fmt.Sprintf("%.100q: %.60q", role, permission))
	} else {
		x.left.MoreDropped++
	}
}

func (x *examination) account(row port.OrgRow) error {
	id, address := stringOf(row, "id"), stringOf(row, "email")
	email, err := domain.ParseEmail(address)
	switch {
	case x.accounts[id]:
		return wrong("id", "is in the file twice")
	case err != nil || string(email) != address:
		return wrong("email", "is no email address")
	case x.emails[email.Key()]:
		return wrong("email", "another account of the file has this address")
	}
	if user, err := domain.NewUser(domain.UserID(id), email, stringOf(row, "full_name"), time.Time{}); err != nil ||
		user.FullName != stringOf(row, "full_name") {
		return wrong("full_name", "is no name of an account")
	}
	if hash := stringOf(row, "password_hash"); hash != "" {
		if err := x.deps.CheckHash(domain.PasswordHash(hash)); err != nil {
			return wrong("password_hash", "is no password hash that this service stores")
		}
	}
	x.accounts[id], x.emails[email.Key()] = true, true
	return nil
}

// hasRole checks the assignment of a role. A program has neither the role owner nor one that the file lacks.
func (x *examination) hasRole(row port.OrgRow, program bool) error {
	role, known := x.roles[stringOf(row, "role_id")]
	switch {
	case !known:
		return wrong("role_id", "names a role that is not in this file")
	case program && role.system && role.name == domain.RoleOwner:
		return wrong("role_id", "is the role owner, which only people have")
	}
	return nil
}

func (x *examination) service(row port.OrgRow) error {
	id, name := stringOf(row, "id"), stringOf(row, "name")
	account, err := domain.NewServiceAccount(domain.ServiceAccountID(id), domain.ServiceAccountDraft{
		Name: name, Description: stringOf(row, "description"),
	}, time.Time{})
	switch {
	case x.services[id]:
		return wrong("id", "is in the file twice")
	case err != nil || account.Name != name:
		return wrong("name", "is no name of a service account")
	case x.names[account.NameKey()]:
		return wrong("name", "another service account of the file has this name")
	case len(x.services) >= domain.MaxServiceAccounts:
		return wrong("", fmt.Sprintf("an org has at most %d service accounts", domain.MaxServiceAccounts))
	}
	x.services[id], x.names[account.NameKey()] = true, true
	return nil
}

// key checks an API key.
func (x *examination) key(row port.OrgRow) error {
	created, _ := row["created_at"].(time.Time)
	draft := domain.APIKeyDraft{Name: stringOf(row, "name"), Networks: wordsOf[string](row, "networks")}
	if key, err := domain.NewAPIKey("", "", draft, created); err != nil || key.Name != draft.Name {
		return wrong("name", "name and networks must be such as API keys have")
	}
	return x.refers(row, "service_account_id", x.services)
}

// factor checks an authenticator, and seals its secret with the key of this deployment.
func (x *examination) factor(row port.OrgRow) (keep bool, err error) {
	if err := x.refers(row, "user_id", x.accounts); err != nil {
		return false, err
	}
	kind, user := domain.FactorKind(stringOf(row, "kind")), domain.UserID(stringOf(row, "user_id"))
	if kind == domain.FactorPasskey {
		return x.passkey(row)
	}
	secret := stringOf(row, "secret")
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(secret))
	if err != nil || len(raw) < 10 || len(raw) > 128 {
		return false, wrong("secret", "is no secret of one-time codes")
	}
	return true, x.sealAnew(row, "secret", port.FactorPlace(kind, x.target.id, user))
}

// sealAnew seals a secret of a row for its place here.
func (x *examination) sealAnew(row port.OrgRow, field string, place port.Place) error {
	if x.take == nil || stringOf(row, field) == "" {
		return nil
	}
	sealed, err := x.deps.Keys.Seal(domain.NewSecret(stringOf(row, field)), place)
	row[field] = string(sealed)
	return err
}

// passkey checks a passkey. One for another site cannot be used here.
func (x *examination) passkey(row port.OrgRow) (keep bool, err error) {
	counter, _ := row["counter"].(int64)
	passkey, err := x.deps.Records.Decode(domain.Authenticator{
		ID: domain.AuthenticatorID(stringOf(row, "id")), User: domain.UserID(stringOf(row, "user_id")), Kind: domain.FactorPasskey,
		Handle: stringOf(row, "handle"), Data: stringOf(row, "data"), Counter: counter,
	})
	if err != nil || stringOf(row, "handle") == "" || stringOf(row, "secret") != "" {
		return false, wrong("data", "is no passkey")
	}
	if passkey.RPID != x.deps.RPID {
		x.left.Passkeys++
		return false, nil
	}
	return true, nil
}

// webhook checks a webhook, and disables it.
func (x *examination) webhook(row port.OrgRow) (keep bool, err error) {
	if x.hooks++; x.hooks > domain.MaxWebhooks {
		return false, wrong("", fmt.Sprintf("an org has at most %d webhooks", domain.MaxWebhooks))
	}
	id := domain.WebhookID(stringOf(row, "id"))
	draft := domain.WebhookDraft{URL: stringOf(row, "url"), Events: wordsOf[domain.EventName](row, "events")}
	if _, err := domain.NewWebhook(id, draft, x.deps.Rules, time.Time{}); err != nil {
		x.left.Webhooks++
		return false, nil //nolint:nilerr // the plan counts it
	}
	if row["disabled"] == "" {
		row["disabled"] = string(domain.WebhookDisabled)
	}
	place := port.WebhookPlace(x.target.id, id)
	if err := x.sealAnew(row, "secret", place); err != nil {
		return false, err
	}
	return true, x.sealAnew(row, "previous_secret", place)
}
