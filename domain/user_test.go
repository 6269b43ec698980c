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
			requireFault(t, err, "body.full_name")
			require.Zero(t, user)
		})
	}
}

func TestATemporaryPasswordMustBeChangedAndAChosenOneNot(t *testing.T) {
	user := domain.User{ID: anID, CreatedAt: now, UpdatedAt: now}
	user.SetPassword("temporary", true, now.Add(time.Minute))
	require.Equal(t, domain.User{
		ID: anID, Password: "temporary", MustChangePassword: true, PasswordChangedAt: now.Add(time.Minute), CreatedAt: now, UpdatedAt: now.Add(time.Minute),
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
		requireFault(t, user.Rename(bad, now.Add(time.Hour)), "body.full_name")
		require.Equal(t, domain.User{FullName: "Zoë Miller", UpdatedAt: now}, user, name)
	}
}

func TestTheDifferencesOfAnAccountTellNothingOfItsPassword(t *testing.T) {
	before := domain.User{Email: "a@example.org", FullName: "Zoë", Status: domain.StatusActive, Password: "one"}
	require.Empty(t, before.Differences(before))
	after := domain.User{Email: "b@example.org", FullName: "Zoë M", Status: domain.StatusSuspended, Password: "two", MustChangePassword: true}
	require.Equal(t, map[string]string{
		"email": "a@example.org -> b@example.org", "full_name": "Zoë -> Zoë M", "status": "active -> suspended",
	}, before.Differences(after))
}
