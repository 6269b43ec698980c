package e2e

import (
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

func TestThePreviewCountsServiceAccountsThatLoseAnAction(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.apiKey(t, owner, s.serviceAccount(t, owner, "Export", "auditor"), nil)
		maker := s.serviceAccount(t, owner, "Maker", "admin")
		key := account{access: s.apiKey(t, owner, maker, nil).text("key")}
		s.serviceAccount(t, owner, "Without a key", "admin")
		for action, want := range map[string]int{"data.export": 2, "api_key.create": 1, "login": 0, "member.mfa_reset": 0} {
			shown := s.as(t, owner, "POST", "/org/settings/preview", map[string]any{"mfa_required_actions": []string{action}}).is(200, "")
			require.Equal(t, want, number(shown, "service_accounts_refused"), action)
		}
		s.apiKey(t, key, maker, nil)
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"mfa_required_actions": []string{"api_key.create"}}).is(200, "")
		s.as(t, key, "POST", "/service-accounts/"+maker+"/keys", map[string]any{"name": "Another"}).is(403, "forbidden")
	})
}

func TestTheNetworksOfAKeyAreJudgedByTheAddressThatTheTrustedProxySaw(t *testing.T) {
	t.Parallel()
	const inside, outside = "203.0.113.9", "198.51.100.7"
	for _, c := range []struct {
		about     string
		proxies   int
		forwarded map[string]int // the status, by X-Forwarded-For
	}{
		{"behind a trusted proxy", 1, map[string]int{
			inside: 200, outside + ", " + inside: 200, outside: 403, inside + ", " + outside: 403, "": 403, inside + ", x": 403,
		}},
		{"without a proxy", 0, map[string]int{inside: 403, inside + ", " + inside: 403, "": 403}},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			_, loopback, err := net.ParseCIDR("127.0.0.0/8")
			require.NoError(t, err)
			onEachWith(t, func(config *bootstrap.Config) {
				config.ProxiesCount, config.TrustedProxies = c.proxies, []*net.IPNet{loopback}
			}, func(t *testing.T, s *service) {
				owner := s.enroll(t)
				id := s.serviceAccount(t, owner, "Job", "auditor")
				key := s.apiKey(t, owner, id, map[string]any{"allowed_networks": []string{"203.0.113.0/24"}}).text("key")
				for forwarded, status := range c.forwarded {
					headers := []string{"Authorization", "Bearer " + key}
					if forwarded != "" {
						headers = append(headers, "X-Forwarded-For", forwarded)
					}
					got := s.call(t, "GET", "/api/v1/members", nil, headers...)
					require.Equal(t, status, got.status, "%q: %s", forwarded, got.raw)
				}
			})
		})
	}
}

// TestTheUseOfAKeyIsStoredAfterTheRequest holds the lock that a write of the request would wait for.
func TestTheUseOfAKeyIsStoredAfterTheRequest(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		id := s.serviceAccount(t, owner, "Job", "auditor")
		key := s.apiKey(t, owner, id, nil).text("key")
		lastUsed := func() any {
			return s.as(t, owner, "GET", "/service-accounts/"+id+"/keys", nil).is(200, "").at("items").([]any)[0].(map[string]any)["last_used_at"]
		}
		require.Nil(t, lastUsed())
		held, err := s.db(t).BeginTx(t.Context(), nil)
		require.NoError(t, err)
		_, err = held.ExecContext(t.Context(), "UPDATE api_keys SET name = name")
		require.NoError(t, err)
		s.get(t, "/members", key).is(200, "")
		require.Nil(t, lastUsed())
		require.NoError(t, held.Rollback())
		require.Eventually(t, func() bool {
			s.get(t, "/members", key).is(200, "") // a use that could not be stored is stored with the next one
			return lastUsed() != nil
		}, 30*time.Second, 50*time.Millisecond)
	})
}

// TestNoTextOfAKeyOrItsTokensIsLoggedOrAudited uses, misuses and revokes them.
func TestNoTextOfAKeyOrItsTokensIsLoggedOrAudited(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		job := s.machine(t, owner, "Job", "member.read", "token.introspect")
		token := s.programToken(t, job)
		elsewhere := s.apiKey(t, owner, job.id, map[string]any{"allowed_networks": []string{"203.0.113.0/24"}}).text("key")
		secrets := []string{job.key, token, elsewhere}
		send := func() {
			for _, secret := range secrets {
				s.get(t, "/members", secret)
				s.get(t, "/members", secret+"x")
				s.call(t, "GET", "/api/v1/members?access_token="+secret, nil, "X-Api-Key", secret, "Authorization", "Basic "+secret)
				s.as(t, owner, "DELETE", "/service-accounts/"+job.id+"/keys/"+secret, nil)
				s.form(t, "/oauth2/introspect", job, url.Values{"token": {secret}})
				s.form(t, "/oauth2/token", machine{id: secret, key: secret}, grant)
			}
		}
		s.get(t, "/members", job.key).is(200, "")
		s.get(t, "/members", elsewhere).is(403, "forbidden")
		send()
		s.form(t, "/oauth2/revoke", job, url.Values{"token": {token}})
		s.get(t, "/members", token).is(401, "")
		s.as(t, owner, "DELETE", "/service-accounts/"+job.id+"/keys/"+job.keyID, nil).is(204, "")
		s.get(t, "/members", job.key).is(401, "unauthenticated")
		send()

		require.NotEmpty(t, s.auditEvents(t, owner, string(domain.EventAPIKeyRefused)))
		require.NotEmpty(t, s.auditEvents(t, owner, string(domain.EventAPIKeyRevoked)))
		texts := map[string]string{
			"the audit log": s.events(t, owner, "?limit=200").is(200, "").raw, "the database": s.dump(t),
		}
		s.stop()
		texts["the log"] = s.log.String()
		for where, text := range texts {
			for _, secret := range secrets {
				parts := strings.Split(secret, ".") // of a token, the last is its signature
				part := parts[len(parts)-1]
				require.False(t, strings.Contains(text, part[len(part)-40:]), "%s has %.12s...", where, secret)
				require.False(t, strings.Contains(text, part[8:48]), "%s has %.12s...", where, secret)
			}
		}
		require.Contains(t, texts["the log"], job.keyID)
	})
}

func TestTheSuspensionOfAnOrgEndsItsKeys(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		org, owner := s.tenantOwner(t, "globex")
		job := s.machine(t, owner, "Job", "member.read")
		token := s.programToken(t, job)
		for _, credential := range []string{job.key, token} {
			s.get(t, "/members", credential).is(200, "")
		}
		s.as(t, operator, "POST", "/orgs/"+string(org)+"/suspend", nil).is(200, "")
		for _, credential := range []string{job.key, token} {
			s.get(t, "/members", credential).is(403, "org_suspended")
			s.get(t, "/me", credential).is(403, "org_suspended")
		}
		s.as(t, operator, "POST", "/orgs/"+string(org)+"/activate", nil).is(200, "")
		s.get(t, "/members", job.key).is(200, "")
	})
}
