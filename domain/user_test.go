package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestANewAccountIsActiveAndHasNoPassword(t *testing.T) {
	user, err := domain.NewUser(anID, "zoe@example.org", " Zoë Miller ", now)
	require.NoError(t, err)
	require.Equal(t, domain.User{
		ID: anID, Email: "zoe@example.org", FullName: "Zoë Miller", Status: domain.StatusActive, CreatedAt: now, UpdatedAt: now, Version: 1,
	}, user)
	require.True(t, user.Active())
}

func TestOnlyAnActiveAccountIsActive(t *testing.T) {
	for status, active := range map[domain.Status]bool{domain.StatusActive: true, domain.StatusSuspended: false, "": false, "retired": false} {
		require.Equal(t, active, domain.User{Status: status}.Active(), "%q", status)
	}
}

func TestAccountsAreNamedAsOrgsAre(t *testing.T) {
	for name, good := range goodNames {
		user, err := domain.NewUser(anID, "zoe@example.org", good, now)
		require.NoError(t, err, name)
		require.Equal(t, good, user.FullName, name)
	}
	for name, bad := range badNames {
		t.Run(name, func(t *testing.T) {
			user, err := domain.NewUser(anID, "zoe@example.org", bad, now)
			requireFault(t, err, "full_name")
			require.Zero(t, user)
		})
	}
}

func TestATemporaryPasswordMustBeChangedAndAChosenOneNot(t *testing.T) {
	user := domain.User{ID: anID, CreatedAt: now, UpdatedAt: now}
	user.SetPassword("temporary", true, now.Add(time.Minute))
	require.Equal(t, domain.User{
		ID: anID, Password: "temporary", MustChangePassword: true, PasswordChangedAt: now.Add(time.Minute), CreatedAt: now,
		UpdatedAt: now.Add(time.Minute),
	}, user)
	user.SetPassword("chosen", false, now.Add(time.Hour))
	require.Equal(t, domain.User{
		ID: anID, Password: "chosen", PasswordChangedAt: now.Add(time.Hour), CreatedAt: now, UpdatedAt: now.Add(time.Hour),
	}, user)
}

func TestARenamedAccountKeepsEverythingElse(t *testing.T) {
	user := domain.User{ID: anID, Email: "zoe@example.org", FullName: "Zoë Miller", CreatedAt: now, UpdatedAt: now}
	want := user
	want.FullName, want.UpdatedAt = "Zoë O’Neil", now.Add(time.Hour)
	require.NoError(t, user.Rename("Zoë O’Neil ", now.Add(time.Hour)))
	require.Equal(t, want, user)
}

func TestANameThatIsRefusedChangesNothing(t *testing.T) {
	for name, bad := range badNames {
		user := domain.User{FullName: "Zoë Miller", UpdatedAt: now}
		requireFault(t, user.Rename(bad, now.Add(time.Hour)), "full_name")
		require.Equal(t, domain.User{FullName: "Zoë Miller", UpdatedAt: now}, user, name)
	}
}

func TestTheDifferencesOfAnAccountLeaveOutItsPassword(t *testing.T) {
	before := domain.User{Email: "a@example.org", FullName: "Zoë", Status: domain.StatusActive, Password: "one"}
	require.Empty(t, before.Differences(before))
	after := domain.User{Email: "b@example.org", FullName: "Zoë M", Status: domain.StatusSuspended, Password: "two", MustChangePassword: true}
	require.Equal(t, map[string]string{
		"email": "a@example.org -> b@example.org", "full_name": "Zoë -> Zoë M", "status": "active -> suspended",
	}, before.Differences(after))
}

func TestWhoCanSignIn(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	lapsed, fresh := now.Add(-domain.TemporaryPasswordTTL), now.Add(-domain.TemporaryPasswordTTL+time.Second)
	for _, c := range []struct {
		name string
		user domain.User
		want bool
	}{
		{"an account with a password", domain.User{ID: "a", Status: domain.StatusActive, Password: "x", PasswordChangedAt: lapsed}, true},
		{"a suspended account", domain.User{ID: "a", Status: domain.StatusSuspended, Password: "x"}, false},
		{"an invited account", domain.User{ID: "a", Status: domain.StatusActive}, false},
		{"a temporary password in time",
			domain.User{ID: "a", Status: domain.StatusActive, Password: "x", MustChangePassword: true, PasswordChangedAt: fresh}, true},
		{"a temporary password that lapsed",
			domain.User{ID: "a", Status: domain.StatusActive, Password: "x", MustChangePassword: true, PasswordChangedAt: lapsed}, false},
	} {
		require.Equal(t, c.want, c.user.CanSignIn(now), c.name)
		require.Equal(t, c.want, domain.AnyCanSignIn([]domain.User{c.user}, "b", now), c.name)
		require.False(t, domain.AnyCanSignIn([]domain.User{c.user}, "a", now), c.name)
	}
}
