package earlier

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	bcryptHash = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"
	digestHex  = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

func account(change func(*port.EarlierAccount)) domain.ImportedAccount {
	from := port.EarlierAccount{
		ID: "1", Email: "ann@example.org", FullName: "Ann", Password: bcryptHash, Active: true, OwnOrg: "acme", Orgs: []string{"acme"},
		PlatformStatus: "ACTIVE", CreatedAt: now.AddDate(-3, 0, 0),
	}
	change(&from)
	return accountMaker{org: "acme", roles: roleMap{names: map[string]string{"r": "admin"}}, now: now}.account(1, from, port.EarlierAccount{})
}

func TestTheStatusOfAnAccount(t *testing.T) {
	for _, c := range []struct {
		platform, invitation string
		active               bool
		suspended, password  bool
		notes                int
	}{
		{"ACTIVE", "", true, false, true, 0}, {"active", "ACCEPTED", true, false, true, 0},
		{"ACTIVE", "", false, true, true, 0}, {"SUSPENDED", "", true, true, true, 0},
		{"INVITED", "PENDING", true, false, false, 1}, {"INVITED", "", true, false, false, 1},
		{"INVITED", "REVOKED", true, true, false, 2}, {"INVITED", "EXPIRED", true, true, false, 2}, {"INVITED", "", false, true, false, 1},
		{"?", "", true, true, true, 1}, {"ON HOLD", "", true, true, true, 1},
	} {
		a := account(func(from *port.EarlierAccount) {
			from.PlatformStatus, from.InvitationStatus, from.Active, from.MustChangePassword = c.platform, c.invitation, c.active, true
		})
		require.Equal(t, c.suspended, a.Suspended, "%+v", c)
		require.Equal(t, c.password, a.Password != "", "%+v", c)
		require.Equal(t, c.password, a.MustChangePassword, "%+v", c)
		require.Len(t, a.Notes, c.notes, "%+v %s", c, a.Notes)
		require.Empty(t, a.Faults)
	}
}

func TestAnAccountWithoutAMembershipBelongsToItsOwnOrg(t *testing.T) {
	a := account(func(from *port.EarlierAccount) { from.Orgs, from.PlatformStatus = nil, "" })
	require.False(t, a.Suspended)
	require.Len(t, a.Notes, 1)
}

func TestHashesThatCanBeVerifiedAreTakenAlong(t *testing.T) {
	for text, taken := range map[string]bool{
		bcryptHash: true,
		"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$pU7Wop4JBVnpxdBiFN0zYyJkIAPFRtZ8FXGXTFT4pTY": true,
		"$pbkdf2-sha256$210000$c2FsdHNhbHRzYWx0c2FsdA$pU7Wop4JBVnpxdBiFN0zYyJkIAPFRtZ8FXGXTFT4pTY":          true,
		strings.Replace(bcryptHash, "$12$", "$31$", 1):                                                      false,
		"$pbkdf2-sha256$1000000000$c2FsdHNhbHRzYWx0c2FsdA$pU7Wop4JBVnpxdBiFN0zYyJkIAPFRtZ8FXGXTFT4pTY":      false,
		"$pbkdf2-sha256$99999999999999999999$c2FsdA$pU7W":                                                   false,
		"$pbkdf2-sha256$1000$!$!":                        false,
		"$argon2id$v=19$m=999999999,t=2,p=1$c29tZQ$pU7W": false,
		"plain text": false, "!": false, strings.Repeat("$", 1000): false,
	} {
		a := account(func(from *port.EarlierAccount) { from.Password = text })
		require.Equal(t, taken, a.Password != "", "%.60s", text)
		require.Equal(t, taken, len(a.Faults) == 0, "%.60s %v", text, a.Faults)
		for _, fault := range a.Faults {
			require.Equal(t, "hashed_password", fault.Field)
			require.NotContains(t, fault.Message, "pU7W", "no fault repeats a hash")
		}
	}
}

func TestTheAuthenticatorAppIsTakenAlong(t *testing.T) {
	secret := domain.NewSecret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
	enrolled := now.AddDate(-1, 0, 0)
	a := account(func(from *port.EarlierAccount) {
		from.MFA = port.EarlierMFA{Enabled: true, Method: "TOTP", Sealed: true, Opened: true, Secret: secret, ConfirmedAt: enrolled}
		from.RecoveryCodes = []string{digestHex, "not hex", digestHex[2:]}
	})
	require.Len(t, a.TOTPSecret, 20)
	require.Equal(t, enrolled, a.TOTPEnrolledAt)
	require.Len(t, a.RecoveryCodes, 1)
	require.Len(t, a.Notes, 1, "of two unreadable codes")
	for name, mfa := range map[string]port.EarlierMFA{
		"no key opens it": {Enabled: true, Sealed: true}, "no secret": {Enabled: true}, "another kind": {Enabled: true, Method: "sms"},
		"not base32": {Enabled: true, Sealed: true, Opened: true, Secret: domain.NewSecret("a b\x00c")},
		"too short":  {Enabled: true, Sealed: true, Opened: true, Secret: domain.NewSecret("JBSWY3DP")},
		"too long":   {Enabled: true, Sealed: true, Opened: true, Secret: domain.NewSecret(strings.Repeat("JBSWY3DP", 100))},
	} {
		a := account(func(from *port.EarlierAccount) { from.MFA, from.RecoveryCodes = mfa, []string{digestHex} })
		require.Nil(t, a.TOTPSecret, name)
		require.Empty(t, a.RecoveryCodes, name)
		require.Len(t, a.Notes, 2, "%s: %s", name, a.Notes)
		require.Empty(t, a.Faults, name)
	}
	off := account(func(from *port.EarlierAccount) { from.MFA = port.EarlierMFA{Sealed: true} })
	require.Nil(t, off.TOTPSecret, "a factor that was never confirmed")
	require.Empty(t, off.Notes)
}

func TestRecoveryCodesGoToOneAccountOnly(t *testing.T) {
	for _, c := range []struct {
		own  string
		orgs []string
		kept bool
	}{
		{"acme", []string{"acme", "beta"}, true}, {"beta", []string{"acme", "beta"}, false},
		{"gone", []string{"acme", "beta"}, true}, {"gone", []string{"aaa", "acme"}, false}, {"acme", nil, true},
	} {
		a := account(func(from *port.EarlierAccount) {
			from.OwnOrg, from.Orgs, from.RecoveryCodes = c.own, c.orgs, []string{digestHex}
			from.MFA = port.EarlierMFA{Enabled: true, Sealed: true, Opened: true, Secret: domain.NewSecret("JBSWY3DPEHPK3PXP")}
		})
		require.Equal(t, c.kept, len(a.RecoveryCodes) == 1, "%+v", c)
		require.NotEmpty(t, a.TOTPSecret)
		require.Equal(t, bcryptHash, string(a.Password))
		require.Equal(t, len(c.orgs) > 1, len(a.Notes) > 0, "%+v", c)
	}
}

func TestTheSecondOfTwoAddressesThatDifferInLetterCaseIsRefused(t *testing.T) {
	m := accountMaker{org: "acme", now: now}
	first := port.EarlierAccount{ID: "11", Email: "ann@example.org"}
	a := m.account(2, port.EarlierAccount{ID: "22", Email: "Ann@Example.org", Password: bcryptHash}, first)
	require.Len(t, a.Faults, 1)
	require.Equal(t, "email", a.Faults[0].Field)
	require.Contains(t, a.Faults[0].Message, `"11"`)
	require.Contains(t, a.Faults[0].Message, `"22"`)
}

func TestTimesThatCannotBeRightAreLeftBehind(t *testing.T) {
	a := account(func(from *port.EarlierAccount) {
		from.CreatedAt, from.LastActiveAt = now.Add(time.Hour), time.Date(-44, 3, 15, 0, 0, 0, 0, time.UTC)
	})
	require.True(t, a.CreatedAt.IsZero() && a.LastSignInAt.IsZero())
}

func TestWhatHasNoCounterpartIsNoted(t *testing.T) {
	a := account(func(from *port.EarlierAccount) { from.Roles, from.Exceptions = []string{"unknown"}, 3 })
	require.Len(t, a.Notes, 2)
	require.Equal(t, []string{"admin"}, account(func(from *port.EarlierAccount) { from.Roles = []string{"r", "r", "unknown"} }).Roles)
}

func TestIDsAreDerivedFromTheDatabase(t *testing.T) {
	one := orgID("database", "acme")
	require.True(t, domain.IsID(string(one)))
	require.Equal(t, one, orgID("database", "acme"))
	require.NotEqual(t, one, orgID("other", "acme"))
	require.NotEqual(t, orgID("a\nb", "c"), orgID("a", "b\nc"))
}
