package domain_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestSecretsNeverPrint(t *testing.T) {
	type holder struct {
		Public  domain.Secret
		private domain.Secret
	}
	secret := domain.NewSecret("sesame")
	held := holder{secret, secret}
	require.Equal(t, "sesame", held.private.Reveal())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{secret, &secret, held, &held, []domain.Secret{secret}, map[string]domain.Secret{"k": secret}} {
			require.NotContains(t, fmt.Sprintf(verb, value), "sesame", verb)
			require.NotContains(t, fmt.Sprintf(verb, value), "736573616d65", verb)
		}
	}
	encoded, err := json.Marshal(held)
	require.NoError(t, err)
	require.NotContains(t, string(encoded), "sesame")
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(handler).Info("x", "secret", secret, "held", held)
	}
	require.NotContains(t, log.String(), "sesame")
	require.True(t, domain.Secret{}.IsZero())
}

func FuzzParseID(f *testing.F) {
	f.Add("01890a5d-ac96-774b-bcce-b302099a8057")
	f.Add("01890A5D-AC96-774B-BCCE-B302099A8057")
	f.Add("{01890a5d-ac96-774b-bcce-b302099a8057}")
	f.Fuzz(func(t *testing.T, raw string) {
		id, err := domain.ParseID[domain.OrgID](raw)
		if err == nil && (string(id) != raw || len(raw) != 36 || strings.ToLower(raw) != raw) {
			t.Fatalf("%q passed for an id", raw)
		}
	})
}

func FuzzParseEmail(f *testing.F) {
	f.Add("someone@example.org")
	f.Fuzz(func(t *testing.T, raw string) {
		email, err := domain.ParseEmail(raw)
		if err != nil {
			return
		}
		again, err := domain.ParseEmail(email.Key())
		if err != nil || again.Key() != email.Key() {
			t.Fatalf("%q has an unstable key", raw)
		}
	})
}

func TestAddresses(t *testing.T) {
	for _, good := range []string{"a@b.example", "First.Last+tag@Sub.Example.ORG", "o'neil@xn--bcher-kva.example", strings.Repeat("a", 64) + "@example.org"} {
		_, err := domain.ParseEmail(good)
		require.NoError(t, err, good)
	}
	for _, bad := range []string{
		"", "a", "@b.example", "a@", "a@b", "a b@c.example", "a@b..example", ".a@b.example", "a..b@c.example", "a@-b.example", "a@b_c.example",
		"a@b.example\x00", "a\n@b.example", "ａ@b.example", "ü@b.example", "<a@b.example>", "a@@b.example", strings.Repeat("a", 65) + "@example.org",
		"a@" + strings.Repeat("a.", 130) + "example",
	} {
		_, err := domain.ParseEmail(bad)
		require.ErrorContains(t, err, "invalid", "%q", bad)
	}
	require.Equal(t, "first.last@example.org", domain.Email("First.Last@EXAMPLE.org").Key())
}

func TestSlugs(t *testing.T) {
	for _, good := range []string{"acme", "acme-inc-2", "42", strings.Repeat("a", 63)} {
		_, err := domain.ParseSlug(good)
		require.NoError(t, err, good)
	}
	for _, bad := range []string{"", "a", "-acme", "acme-", "Acme", "a_b", "a.b", "ä-b", strings.Repeat("a", 64), "01890a5d-ac96-774b-bcce-b302099a8057"} {
		_, err := domain.ParseSlug(bad)
		require.Error(t, err, "%q", bad)
	}
}

func TestSettingsNameEveryFault(t *testing.T) {
	limits := domain.ServerLimits{PasswordMinLength: 12, SessionTimeout: 30 * time.Minute}
	require.NoError(t, domain.DefaultOrgSettings(limits, now).Check(limits))
	err := domain.OrgSettings{
		RememberDeviceDays: 366, SessionTimeoutMinutes: 0, PasswordMinLength: 11, AuditLogRetentionDays: -1,
		InactiveUserRetentionDays: 29, MFARequiredActions: []domain.Action{"make.coffee"},
	}.Check(limits)
	var failure *domain.Error
	require.ErrorAs(t, err, &failure)
	require.Len(t, failure.Fields, 6)
	settings := domain.OrgSettings{SessionTimeoutMinutes: 1440}
	require.Equal(t, 30*time.Minute, settings.IdleTimeout(limits), "never above the server's")
	settings.SessionTimeoutMinutes = 5
	require.Equal(t, 5*time.Minute, settings.IdleTimeout(limits))
}

func TestPasswordRules(t *testing.T) {
	user := domain.User{Email: "zoe.miller@example.org", FullName: "Zoë Miller"}
	org := domain.Org{Name: "Acme Rockets", Slug: "acme-rockets"}
	check := func(text string) error { return domain.CheckPassword(domain.NewSecret(text), 12, user, org) }
	for _, good := range []string{
		"twelve chars", "            ", "пароль из слов", strings.Repeat("é", 12), strings.Repeat("x", 64), strings.Repeat("🔑", 256),
		"a long sentence that mentions acme rockets once",
	} {
		require.NoError(t, check(good), "%q", good)
	}
	for _, bad := range []string{
		"eleven char", strings.Repeat("é", 11), strings.Repeat("x", 1025), "twelve\x00chars", "\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe",
		"zoe.miller123", "Acme Rockets!", "ACME-ROCKETS1", "zoe.miller@example.org",
	} {
		require.Error(t, check(bad), "%q", bad)
	}
}

func TestSystemRoles(t *testing.T) {
	home, customer := domain.Org{Platform: true}, domain.Org{}
	role := func(name string) domain.Role { return domain.Role{Name: name, System: true} }
	require.ElementsMatch(t, domain.Permissions(), role(domain.RoleOwner).Permissions(home))
	require.NotContains(t, role(domain.RoleOwner).Permissions(customer), domain.PermPlatformManage)
	require.NotContains(t, role(domain.RoleAdmin).Permissions(home), domain.PermPlatformManage)
	require.Empty(t, role(domain.RoleMember).Permissions(home))
	for name, admin := range map[string]bool{domain.RoleOwner: true, domain.RoleAdmin: true, domain.RoleAuditor: false, domain.RoleMember: false} {
		require.Equal(t, admin, role(name).Admin(), name)
	}
	for _, permission := range domain.Permissions() {
		custom := domain.Role{Granted: []domain.Permission{permission}}
		require.Equal(t, permission.Sensitive(), custom.Admin(), permission)
	}
	require.False(t, domain.PermFileRead.Sensitive())
	require.False(t, domain.Role{Name: domain.RoleOwner}.Admin(), "a custom role does not become powerful by its name")
	require.Empty(t, domain.Role{Name: domain.RoleOwner}.Permissions(home))
}

func TestPermissionsAreTheUnionOfRoles(t *testing.T) {
	roles := []domain.Role{{Granted: []domain.Permission{domain.PermFileRead}}, {Granted: []domain.Permission{domain.PermMemberRead, domain.PermFileRead, domain.PermPlatformManage}}}
	principal := domain.Principal{Roles: roles}
	require.Equal(t, []domain.Permission{domain.PermMemberRead, domain.PermFileRead}, principal.Permissions())
	require.True(t, principal.Can(domain.PermFileRead))
	require.False(t, principal.Can(domain.PermPlatformManage))
}

func TestSessions(t *testing.T) {
	for _, c := range []struct {
		amr       []domain.AMR
		acr       domain.ACR
		satisfies bool
	}{
		{nil, domain.AAL1, false},
		{[]domain.AMR{domain.AMRPassword}, domain.AAL1, false},
		{[]domain.AMR{domain.AMRPassword, domain.AMRRememberedDevice}, domain.AAL1, true},
		{[]domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}, domain.AAL2, true},
		{[]domain.AMR{domain.AMRPassword, domain.AMRRecoveryCode}, domain.AAL2, true},
	} {
		session := domain.Session{AMR: c.amr}
		require.Equal(t, c.acr, session.ACR())
		require.Equal(t, c.satisfies, session.SatisfiesMFA())
	}
	session := domain.Session{LastSeenAt: now}
	require.False(t, session.TouchDue(now.Add(14*time.Second)))
	require.True(t, session.TouchDue(now.Add(15*time.Second)))
	session.End(domain.EndSignedOut, now)
	session.End(domain.EndRevoked, now.Add(time.Hour))
	require.Equal(t, domain.EndSignedOut, session.EndReason, "the first reason stays")
	require.Equal(t, now, session.EndedAt)
}

func TestEnrolment(t *testing.T) {
	var a domain.Authenticator
	_, err := a.PendingSecret(now)
	require.Error(t, err)
	require.NoError(t, a.Begin("pending", now))
	_, err = a.PendingSecret(now.Add(domain.EnrollmentTTL))
	require.Error(t, err, "it expires")
	pending, err := a.PendingSecret(now.Add(domain.EnrollmentTTL - 1))
	require.NoError(t, err)
	require.Equal(t, domain.SealedSecret("pending"), pending)
	a.Confirm(7, now)
	require.True(t, a.Enrolled())
	require.EqualValues(t, 7, a.LastStep)
	require.ErrorIs(t, a.Begin("intruder", now), domain.ErrAlreadyEnrolled)
	_, err = a.PendingSecret(now)
	require.ErrorIs(t, err, domain.ErrAlreadyEnrolled)
	require.Equal(t, domain.SealedSecret("pending"), a.Secret)
}

func TestChallengesFitOneStepOfOneAccount(t *testing.T) {
	user := domain.User{ID: "u", PasswordChangedAt: now}
	c := domain.Challenge{User: "u", Owed: domain.SignInCodeRequired, PasswordChangedAt: now, ExpiresAt: now.Add(time.Minute)}
	require.True(t, c.Admits(domain.SignInCodeRequired, user, now))
	require.False(t, c.Admits(domain.SignInEnrollmentRequired, user, now))
	require.False(t, c.Admits(domain.SignInCodeRequired, domain.User{ID: "v", PasswordChangedAt: now}, now))
	require.False(t, c.Admits(domain.SignInCodeRequired, user, now.Add(time.Minute)))
	user.PasswordChangedAt = now.Add(1)
	require.False(t, c.Admits(domain.SignInCodeRequired, user, now))
}

func TestRecoveryCodesAsPeopleTypeThem(t *testing.T) {
	for _, typed := range []string{"ABCD-0123-EFGH-1111", "abcd 0123 efgh 1111", "abcdO123efghIlL1", "ABCDo123-EFGH-iiLL"} {
		require.Equal(t, "ABCD0123EFGH1111", domain.CanonicalRecoveryCode(typed))
	}
}

func TestNetworksOfClients(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::": "2001:db8:1:2::/64", "": "", "garbage": "garbage",
	} {
		require.Equal(t, want, domain.Origin{Address: address}.Network())
	}
}

func TestErrorsAreToldApartByWhatTheySay(t *testing.T) {
	require.ErrorIs(t, domain.ErrAccountLocked.RetryIn(time.Minute), domain.ErrAccountLocked)
	require.NotErrorIs(t, domain.ErrEmailTaken, domain.ErrStale)
	require.Zero(t, domain.ErrAccountLocked.RetryAfter, "the sentinel is not changed")
}
