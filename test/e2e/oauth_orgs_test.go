package e2e

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAClientReachesOnlyTokensOfItsOrg introspects and revokes what another org issued.
func TestAClientReachesOnlyTokensOfItsOrg(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, _ account) {
		_, first := s.tenantOwner(t, "first")
		_, second := s.tenantOwner(t, "second")
		asks := s.machine(t, first, "gateway", "token.introspect")
		foreign := s.machine(t, second, "deploy", "member.read")
		token := s.programToken(t, foreign)
		for _, other := range []string{second.access, second.refresh, token, foreign.key} {
			s.inactive(t, asks, other)
			require.Empty(t, s.form(t, "/oauth2/revoke", asks, url.Values{"token": {other}}).is(200, "").raw)
		}
		s.get(t, "/me", second.access).is(200, "")
		s.get(t, "/members", token).is(200, "")
		s.get(t, "/members", foreign.key).is(200, "")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": second.refresh}).is(200, "")
		require.Equal(t, true, s.introspect(t, asks, first.access).body["active"])
		s.form(t, "/oauth2/token", asks, grant, "X-Org-Id", "second").fails(400, "invalid_request")
	})
}

func TestParallelCreationsOfOneNameCreateOneServiceAccount(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		answers := parallel(12, func(int) answer {
			return s.as(t, owner, "POST", "/service-accounts", map[string]any{"name": "Export", "roles": []string{}})
		})
		for _, a := range answers {
			require.Contains(t, []int{201, 409}, a.status, a.raw)
		}
		require.Equal(t, 1, count(answers, 201))
		require.Len(t, s.get(t, "/service-accounts", owner.access).is(200, "").body["items"], 1)
	})
}
