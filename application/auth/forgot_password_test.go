package auth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

func TestEmailsWithoutARecipientAreMarked(t *testing.T) {
	f := newFixture(t)
	last := func() domain.EmailMessage {
		jobs := f.queue.Jobs()
		return jobs[len(jobs)-1].(port.EmailJob).Message
	}
	forgot := func(address string) {
		t.Helper()
		require.NoError(t, auth.ForgotPassword{Store: f.store, Clock: f.flow.Clock}.Execute(t.Context(), f.visitor, address))
	}
	discover := func(address string) {
		t.Helper()
		require.NoError(t, auth.DiscoverOrgs{Store: f.store, Clock: f.flow.Clock}.Execute(t.Context(), f.visitor, address))
	}
	for address, nobody := range map[string]bool{email: false, "OWNER@example.org": false, "nobody@example.org": true} {
		forgot(address)
		require.Equal(t, nobody, last().NoRecipient, address)
		discover(address)
		require.Equal(t, nobody, last().NoRecipient, address)
	}
	require.Len(t, f.queue.Jobs(), 6, "each request enqueues one email, whether or not an account has the address")

	f.account(func(u *domain.User) { u.Suspend(f.now) })
	forgot(email)
	require.True(t, last().NoRecipient, "a suspended account gets no link")
	discover(email)
	require.True(t, last().NoRecipient)

	for range 3 {
		_, err := auth.Login{Flow: f.flow, Hasher: f.hasher}.Execute(t.Context(), f.visitor,
			auth.LoginInput{Email: "nobody@example.org", Password: domain.NewSecret("guess")})
		require.ErrorIs(t, err, domain.ErrInvalidCredentials)
	}
	require.Equal(t, domain.EmailAccountLocked, last().Kind)
	require.True(t, last().NoRecipient, "the lock of an address that nobody has")
}
