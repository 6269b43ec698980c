package conformance

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// factChange changes a fact of a signed-in account, as a use case does.
type factChange struct {
	by   string
	make func(t *testing.T, x *signedIn)
}

// valueOf returns the value of a fact; of a list, those of its elements.
func valueOf(in reflect.Value, fact string) any {
	name, rest, nested := strings.Cut(fact, ".")
	switch {
	case fact == "":
		return in.Interface()
	case in.Kind() == reflect.Slice:
		values := make([]any, in.Len())
		for i := range values {
			values[i] = valueOf(in.Index(i), fact)
		}
		return values
	case !nested:
		rest = ""
	}
	return valueOf(in.FieldByName(name), rest)
}

// factChanges returns the changes of each fact. Its names are those of factsIn.
func factChanges() map[string][]factChange {
	changes := map[string][]factChange{
		"Roles.ID": {
			{"by assigning another role", assignRoles(func(x *signedIn) []domain.Role { return []domain.Role{x.role, x.roles[domain.RoleOwner]} })},
			{"by taking the role", assignRoles(func(*signedIn) []domain.Role { return nil })},
			{"by replacing the role", assignRoles(func(x *signedIn) []domain.Role { return []domain.Role{x.roles[domain.RoleAuditor]} })},
		},
		"Roles.Name":    {{"by renaming the role", updateRole(func(r *domain.Role) { r.Name = "writer" })}},
		"Roles.Granted": {{"by changing the role", updateRole(func(r *domain.Role) { r.Granted = []domain.Permission{domain.PermFileWrite} })}},
		"Factors.ID": {
			{"by confirming a second authenticator", confirmKey},
			{"by removing one authenticator", removeFactor},
			{"by removing the authenticators", removeFactors},
		},
		"Factors.EnrolledAt": {{"by enrolling again", func(t *testing.T, x *signedIn) {
			removeFactors(t, x)
			confirmKey(t, x)
		}}},
		"Settings.PolicyVersion": {{"by saving", saveSettings(func(s *domain.OrgSettings) { s.PolicyVersion++ })}},
		"Settings.UpdatedAt":     {{"by saving", saveSettings(func(s *domain.OrgSettings) { s.UpdatedAt = later })}},
		"User.LastSignInAt": {{"by another sign-in", func(t *testing.T, x *signedIn) {
			x.do(t, func(tx port.OrgTx) error { return tx.Users().SignedIn(t.Context(), x.user.ID, later) })
		}}},
	}
	for name, change := range settingChanges() {
		changes["Settings."+name] = []factChange{{"by saving", saveSettings(change)}}
	}
	for name, change := range map[string]func(*domain.User){
		"Email":              func(u *domain.User) { u.Email = domain.Email("new-" + string(u.Email)) },
		"FullName":           func(u *domain.User) { u.FullName = "Another Name" },
		"Status":             func(u *domain.User) { u.Suspend(later) },
		"MustChangePassword": func(u *domain.User) { u.SetPassword("other", true, later) },
		"PasswordChangedAt":  func(u *domain.User) { u.SetPassword("other", false, later) },
		"UpdatedAt":          func(u *domain.User) { u.UpdatedAt = later },
		"Version":            func(*domain.User) {},
	} {
		changes["User."+name] = []factChange{{"by updating the account", updateUser(change)}}
	}
	for name, change := range map[string]func(*domain.Org){
		"Name":      func(o *domain.Org) { o.Name = "Another Org" },
		"Slug":      func(o *domain.Org) { o.Slug = newSlug() },
		"Status":    func(o *domain.Org) { o.Status = domain.StatusSuspended },
		"UpdatedAt": func(o *domain.Org) { o.UpdatedAt = later },
		"Version":   func(*domain.Org) {},
	} {
		changes["Org."+name] = []factChange{{"by updating the org", updateOrg(change)}}
	}
	for name, change := range map[string]func(*domain.Session){
		"AMR":        func(s *domain.Session) { s.AMR = append(s.AMR, domain.AMROneTimeCode) },
		"AuthTime":   func(s *domain.Session) { s.AuthTime = later },
		"LastSeenAt": func(s *domain.Session) { s.LastSeenAt = later },
		"EndedAt":    func(s *domain.Session) { s.End(domain.EndRevoked, later) },
		"EndReason":  func(s *domain.Session) { s.End(domain.EndSuspended, later) },
		"Address":    func(s *domain.Session) { s.Address = "198.51.100.7" },
		"UserAgent":  func(s *domain.Session) { s.UserAgent = "another browser" },
	} {
		changes["Session."+name] = []factChange{{"by updating the session", updateSession(change)}}
	}
	for fact, more := range bulkSessionChanges {
		changes[fact] = append(changes[fact], more...)
	}
	return changes
}

// later is a time after the sign-in.
var later = storeNow.Add(time.Minute)

// settingChanges returns a change of each declared setting, by the name of its field.
func settingChanges() map[string]func(*domain.OrgSettings) {
	changes := map[string]func(*domain.OrgSettings){}
	for _, setting := range domain.Settings() {
		var probe domain.OrgSettings
		changeSetting(setting.Value.Pointer(&probe))
		for field, value := range reflect.ValueOf(probe).Fields() {
			if !value.IsZero() {
				changes[field.Name] = func(s *domain.OrgSettings) { changeSetting(setting.Value.Pointer(s)) }
			}
		}
	}
	return changes
}

func changeSetting(pointer any) {
	switch value := pointer.(type) {
	case *bool:
		*value = !*value
	case *int:
		*value += 40
	case *string:
		*value += "-x"
	case *[]domain.Action:
		*value = append(*value, domain.Actions()[0])
	default:
		panic("a setting of another type: add a change of it here")
	}
}

var bulkSessionChanges = map[string][]factChange{
	"Session.EndedAt": {
		{"by ending all sessions of the account", func(t *testing.T, x *signedIn) {
			x.do(t, func(tx port.OrgTx) error {
				_, err := tx.Sessions().EndAll(t.Context(), x.user.ID, "", domain.EndPasswordChanged, later)
				return err
			})
		}},
		{"by ending all sessions of the org", func(t *testing.T, x *signedIn) {
			x.do(t, func(tx port.OrgTx) error {
				_, err := tx.Sessions().EndAllOfOrg(t.Context(), domain.EndRestored, later)
				return err
			})
		}},
	},
	"Session.LastSeenAt": {
		{"by touching the session", func(t *testing.T, x *signedIn) {
			x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Touch(t.Context(), x.session.ID, later) })
		}},
	},
}

// sessionRemovals remove the session itself.
var sessionRemovals = []factChange{
	{"removing the account revokes its tokens", func(t *testing.T, x *signedIn) {
		x.do(t, func(tx port.OrgTx) error { return tx.Users().Remove(t.Context(), x.user.ID) })
	}},
	{"sweeping the session revokes its tokens", func(t *testing.T, x *signedIn) {
		_, err := x.store.Platform().Sweep(t.Context(), x.session.ExpiresAt.AddDate(1, 0, 0))
		require.NoError(t, err)
	}},
}

func assignRoles(roles func(x *signedIn) []domain.Role) func(*testing.T, *signedIn) {
	return func(t *testing.T, x *signedIn) { require.NoError(t, x.assign(t, x.user.ID, roles(x)...)) }
}

func updateRole(change func(*domain.Role)) func(*testing.T, *signedIn) {
	return func(t *testing.T, x *signedIn) { x.changeRole(t, x.role, change) }
}

func (x *signedIn) changeRole(t *testing.T, role domain.Role, change func(*domain.Role)) {
	t.Helper()
	change(&role)
	x.do(t, func(tx port.OrgTx) error { return tx.Roles().Update(t.Context(), role) })
}

func confirmKey(t *testing.T, x *signedIn) {
	key := newKey(x.user.ID, "")
	require.NoError(t, x.savePending(t, key))
	x.live(t, key, later)
}

func removeFactor(t *testing.T, x *signedIn) {
	require.NoError(t, x.remove(t, getAuthenticators(t, x.tenant, x.user.ID)[0]))
}

func removeFactors(t *testing.T, x *signedIn) {
	x.do(t, func(tx port.OrgTx) error { return tx.Authenticators().RemoveAll(t.Context(), x.user.ID) })
}

func saveSettings(change func(*domain.OrgSettings)) func(*testing.T, *signedIn) {
	return func(t *testing.T, x *signedIn) {
		settings := getSettings(t, x.tenant)
		change(&settings)
		x.do(t, func(tx port.OrgTx) error { return tx.Org().SaveSettings(t.Context(), settings) })
	}
}

func updateUser(change func(*domain.User)) func(*testing.T, *signedIn) {
	return func(t *testing.T, x *signedIn) {
		user := x.user
		change(&user)
		x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), user) })
	}
}

func updateOrg(change func(*domain.Org)) func(*testing.T, *signedIn) {
	return func(t *testing.T, x *signedIn) {
		org := x.org
		change(&org)
		x.do(t, func(tx port.OrgTx) error { return tx.Org().Update(t.Context(), org) })
	}
}

func updateSession(change func(*domain.Session)) func(*testing.T, *signedIn) {
	return func(t *testing.T, x *signedIn) {
		session := x.session
		change(&session)
		x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Update(t.Context(), session) })
	}
}
