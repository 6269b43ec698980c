package factors

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/authenticator"
)

// TestNoSignInOutlivesASuspension signs in again and again while an administrator suspends the account: no session that was
// opened meanwhile is there when the account is active again.
func TestNoSignInOutlivesASuspension(t *testing.T) {
	withPasskeys(t, func(s *service, phone *authenticator.Authenticator) {
		t := s.t
		admin := s.byPasskey(newDevice())
		phone.Synced = true
		member, _ := s.add(s.ordinary(), phone)
		for range 40 {
			var ready, done sync.WaitGroup
			for range 4 {
				started := s.alone()
				answer := signed(t, phone, started.Prompt)
				ready.Add(1)
				done.Go(func() {
					ready.Done()
					_, _ = s.signIn(started, answer)
				})
			}
			ready.Wait()
			require.NoError(t, s.members.Suspend.Execute(t.Context(), admin, member.User.ID))
			done.Wait()
			require.NoError(t, s.members.Activate.Execute(t.Context(), admin, member.User.ID))
			require.NoError(t, s.store.ReadOrg(t.Context(), s.visitor.Org, func(tx port.OrgTx) error {
				live, err := tx.Sessions().Live(t.Context(), member.User.ID, s.now)
				require.Empty(t, live)
				return err
			}))
			s.forgive(member)
		}
	})
}
