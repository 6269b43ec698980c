package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

func (s *service) rotate(t *testing.T, lead time.Duration) domain.SigningKey {
	t.Helper()
	key, err := s.app.Operations.RotateSigningKey.Execute(t.Context(), 0, lead)
	require.NoError(t, err)
	return key
}

func (s *service) retire(t *testing.T, id domain.KeyID, forced bool) error {
	t.Helper()
	return operations.RetireSigningKey{
		Store: s.app.Store, Clock: s.clock.Now, NewID: uuid.NewString, Org: s.app.Config.DefaultOrgID,
		Algorithm: s.app.Config.Algorithm, Lifetime: s.app.Config.AccessTTL,
	}.Execute(t.Context(), id, forced)
}

// jwks reads the published key set.
func (s *service) jwks(t *testing.T) jose.JSONWebKeySet {
	t.Helper()
	response, err := http.Get(s.url + "/.well-known/jwks.json")
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	var set jose.JSONWebKeySet
	require.NoError(t, json.Unmarshal(raw, &set))
	return set
}

func kid(t *testing.T, token string) domain.KeyID {
	t.Helper()
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	require.NoError(t, err)
	return domain.KeyID(parsed.Headers[0].KeyID)
}

// verifier is another service that caches the key set and reads it again for an unknown key.
type verifier struct {
	mu  sync.Mutex
	set jose.JSONWebKeySet
}

func (v *verifier) verify(t *testing.T, s *service, token string) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	id := string(kid(t, token))
	if len(v.set.Key(id)) == 0 {
		v.set = s.jwks(t)
	}
	require.Len(t, v.set.Key(id), 1, "the key is published")
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	require.NoError(t, err)
	require.NoError(t, parsed.Claims(v.set.Key(id)[0].Key, &jwt.Claims{}))
}

// TestRotationUnderLoadRefusesNoValidToken: clients sign in, refresh and send requests to two
// replicas during two rotations and the retirement of the first key.
func TestRotationUnderLoadRefusesNoValidToken(t *testing.T) {
	t.Parallel()
	one, two := twoReplicas(t, func(c *bootstrap.Config) { c.RefreshGrace = time.Minute })
	who := one.member(t)
	first := kid(t, who.access)
	stop, stopped := make(chan struct{}), sync.WaitGroup{}
	var calls atomic.Int64
	seen, outside := sync.Map{}, &verifier{}
	for i := range 4 {
		mine := one.again(t, account{email: memberEmail, password: memberPassword})
		stopped.Go(func() {
			for turn := 0; ; turn++ {
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond): // leaves room for other tests
				}
				here, there := one, two
				if (turn+i)%2 == 0 {
					here, there = two, one
				}
				if i == 0 {
					mine = here.again(t, mine)
				} else {
					a := here.post(t, "/auth/refresh", map[string]any{"refresh_token": mine.refresh}).is(200, "")
					mine.access, mine.refresh = a.text("access_token"), a.text("refresh_token")
				}
				there.get(t, "/me", mine.access).is(200, "")
				outside.verify(t, there, mine.access)
				seen.Store(kid(t, mine.access), true)
				calls.Add(2)
			}
		})
	}
	second := one.rotate(t, 5*time.Second)
	time.Sleep(3 * time.Second)
	require.Len(t, two.jwks(t).Keys, 2, "published before it signs")
	time.Sleep(3 * time.Second)
	for _, s := range []*service{one, two} {
		require.Equal(t, second.ID, kid(t, s.again(t, who).access), "every replica signs with it")
		s.get(t, "/me", who.access).is(200, "")
	}
	third := two.rotate(t, 0)
	require.Eventually(t, func() bool {
		return kid(t, one.again(t, who).access) == third.ID && kid(t, two.again(t, who).access) == third.ID
	}, 10*time.Second, 200*time.Millisecond)
	require.Error(t, one.retire(t, third.ID, true), "it is in use")
	require.Error(t, one.retire(t, first, false), "its tokens are still valid")
	before := calls.Load()
	require.NoError(t, one.retire(t, first, true))
	for _, s := range []*service{one, two} {
		require.Eventually(t, func() bool {
			return s.call(t, "GET", "/api/v1/me", nil, "Authorization", "Bearer "+who.access).status == 401
		}, 10*time.Second, 100*time.Millisecond)
		require.Len(t, s.jwks(t).Keys, 2)
	}
	require.Eventually(t, func() bool { return calls.Load() > before+20 }, 10*time.Second, 10*time.Millisecond, "other tokens still work")
	close(stop)
	stopped.Wait()
	t.Logf("%d calls, none refused", calls.Load())
	for _, id := range []domain.KeyID{first, second.ID, third.ID} {
		_, used := seen.Load(id)
		require.True(t, used, "%s signed under load", id)
	}
	require.Contains(t, one.log.String()+two.log.String(), string(domain.EventKeyRetired))
}

func TestAReplacedConfiguredKeyStillVerifies(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		s = s.restart(t, signsWith(t, domain.RS256))
		s.get(t, "/me", who.access).is(200, "")
		fresh := s.again(t, who)
		require.NotEqual(t, kid(t, who.access), kid(t, fresh.access))
		require.Len(t, s.jwks(t).Keys, 2)
	})
}

func TestReencryptionCoversSigningKeys(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, old := s.member(t), s.app.Config.SecretKey
		stored := s.rotate(t, 0)
		s = s.restart(t, secretKeys(nextKey, old))
		result, err := operations.Reencrypt{Store: s.app.Store, Keys: s.app.SecretKeys}.Execute(t.Context(), func(operations.ReencryptResult) {})
		require.NoError(t, err)
		require.Equal(t, 1, result.Reencrypted)
		s = s.restart(t, secretKeys(nextKey))
		require.Equal(t, stored.ID, kid(t, s.again(t, who).access))
	})
}

func TestTheConfiguredKeySignsIfStoredKeysCannotBeDecrypted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		configured := kid(t, who.access)
		stored := s.rotate(t, 0)
		require.Eventually(t, func() bool { return kid(t, s.again(t, who).access) == stored.ID }, 10*time.Second, 100*time.Millisecond)
		who = s.again(t, who)
		s = s.restart(t, secretKeys(otherKey))
		s.get(t, "/me", who.access).is(200, "")
		require.Equal(t, configured, kid(t, s.again(t, who).access))
		s.says(t, "a signing key cannot be used")
		_, err := operations.LoadSigningKeys{Store: s.app.Store, Box: s.app.SecretKeys, Clock: s.clock.Now}.Read(context.Background())
		require.NoError(t, err)
	})
}
