package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// kept returns the owner's stored hash.
func (f *fixture) kept() (hash domain.PasswordHash) {
	f.account(func(u *domain.User) { hash = u.Password })
	return hash
}

func TestAnOutdatedHashIsReplacedAtTheNextSignIn(t *testing.T) {
	f := newFixture(t)
	require.Equal(t, domain.PasswordHash(password), f.kept())
	f.hasher.strength = "stronger "
	_, err := f.login("a wrong password")
	require.ErrorIs(t, err, domain.ErrInvalidCredentials)
	require.Equal(t, domain.PasswordHash(password), f.kept(), "only the right password may replace it")

	f.challenge()
	require.Equal(t, domain.PasswordHash("stronger "+password), f.kept())
	asked := f.hasher.asked
	f.challenge()
	require.Equal(t, asked+1, f.hasher.asked, "a hash of today is not made again")
}

func TestPasswordsTooLongToHashAreNotHashed(t *testing.T) {
	f := newFixture(t)
	f.account(func(u *domain.User) { u.SetPassword(password, true, f.now) })
	token := f.challenge()
	asked, tooLong := f.hasher.asked, strings.Repeat("x", domain.MaxPasswordBytes+1)
	_, err := f.login(tooLong)
	require.ErrorIs(t, err, domain.ErrInvalidCredentials)
	_, err = auth.ReplaceTemporaryPassword{Flow: f.flow, NewPassword: f.newPassword()}.Execute(t.Context(), f.visitor,
		auth.ReplaceTemporaryPasswordInput{ChallengeToken: token, NewPassword: domain.NewSecret(tooLong)})
	require.ErrorContains(t, err, "invalid")
	require.Equal(t, asked, f.hasher.asked)
}

// TestPasswordStrengthReportsTheFaultsOfARefusal: the two cannot disagree.
func TestPasswordStrengthReportsTheFaultsOfARefusal(t *testing.T) {
	f := newFixture(t)
	f.account(func(u *domain.User) { u.SetPassword(password, true, f.now) })
	token := f.challenge()
	strength := auth.PasswordStrength{Store: f.store, NewPassword: f.newPassword(), Spare: atOnce}
	change := auth.ReplaceTemporaryPassword{Flow: f.flow, NewPassword: f.newPassword()}
	for _, candidate := range []string{
		"", "short", "sunshine1234", "owner@example.org", "abcdefghijkl", "owner of acme", strings.Repeat("x", 1025), "sole sole sole",
		"the fine long one that stays",
	} {
		opinion, err := strength.Execute(
			t.Context(),
			f.visitor,
			auth.PasswordStrengthInput{Password: domain.NewSecret(candidate), Email: email, FullName: "Owner"},
		)
		require.NoError(t, err)
		_, err = change.Execute(
			t.Context(),
			f.visitor,
			auth.ReplaceTemporaryPasswordInput{ChallengeToken: token, NewPassword: domain.NewSecret(candidate)},
		)
		var said []string
		if failure, refused := errors.AsType[*domain.Error](err); refused {
			for _, field := range failure.Fields {
				said = append(said, field.Message)
			}
		}
		require.Equal(t, said, opinion.Faults, candidate)
	}
	require.NotEqual(t, domain.PasswordHash(password), f.kept(), "the last one was accepted")
}

func TestPasswordStrengthAppliesTheSettingsOfTheOrg(t *testing.T) {
	f := newFixture(t)
	strength := auth.PasswordStrength{Store: f.store, NewPassword: f.newPassword(), Spare: atOnce}
	ask := func(text string) []string {
		opinion, err := strength.Execute(t.Context(), f.visitor, auth.PasswordStrengthInput{Password: domain.NewSecret(text)})
		require.NoError(t, err)
		return opinion.Faults
	}
	require.Empty(t, ask("correct horse battery"))
	require.NoError(t, f.store.InOrg(t.Context(), f.org, func(tx port.OrgTx) error {
		settings, err := tx.Org().Settings(t.Context())
		require.NoError(t, err)
		settings.PasswordMinLength = 30
		return tx.Org().SaveSettings(t.Context(), settings)
	}))
	require.Len(t, ask("correct horse battery"), 1)
	require.Empty(t, f.events(), "nothing is kept")
	_, err := strength.Execute(t.Context(), domain.Visitor{Org: "00000000-0000-4000-8000-00000000dead"}, auth.PasswordStrengthInput{})
	require.ErrorIs(t, err, domain.ErrOrgNotFound)
}

func TestPasswordStrengthIsRefusedForASuspendedOrg(t *testing.T) {
	f := newFixture(t)
	org, err := domain.NewOrg(domain.OrgID(uuid.NewString()), "Closed", "closed", f.now)
	require.NoError(t, err)
	org.Status = domain.StatusSuspended
	settings := domain.DefaultOrgSettings(f.flow.Issuer.Limits, f.now)
	require.NoError(t, f.store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil }))
	strength := auth.PasswordStrength{Store: f.store, NewPassword: f.newPassword(), Spare: atOnce}
	_, err = strength.Execute(t.Context(), domain.Visitor{Org: org.ID}, auth.PasswordStrengthInput{})
	require.ErrorIs(t, err, domain.ErrOrgSuspended)
}

// atOnce is a port.SpareTime that always admits the caller.
func atOnce(context.Context) (func(), error) { return func() {}, nil }

func TestPasswordStrengthNeedsSpareTime(t *testing.T) {
	f := newFixture(t)
	turns, left := 0, 0
	strength := auth.PasswordStrength{Store: f.store, NewPassword: f.newPassword(), Spare: func(context.Context) (func(), error) {
		if turns++; turns > 1 {
			return nil, domain.ErrOverloaded
		}
		return func() { left++ }, nil
	}}
	in := auth.PasswordStrengthInput{Password: domain.NewSecret("correct horse battery staple")}
	_, err := strength.Execute(t.Context(), f.visitor, in)
	require.NoError(t, err)
	require.Equal(t, 1, left)
	_, err = strength.Execute(t.Context(), f.visitor, in)
	require.ErrorIs(t, err, domain.ErrOverloaded)
	require.Equal(t, 1, left)
}
