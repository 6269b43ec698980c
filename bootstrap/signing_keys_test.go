package bootstrap

import (
	"context"
	"crypto/rsa"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// slowKeys is a database that takes its time to list the signing keys. It does nothing else.
type slowKeys struct {
	port.Platform
	takes time.Duration
	keys  domain.SigningKeys
	asked *atomic.Int64
}

func (s slowKeys) SigningKeys(context.Context) (domain.SigningKeys, error) {
	s.asked.Add(1)
	time.Sleep(s.takes)
	return s.keys, nil
}

type storeOf struct {
	port.Store
	platform port.Platform
}

func (s storeOf) Platform() port.Platform { return s.platform }

func newPair(t *testing.T) (*rsa.PrivateKey, domain.SigningKey) {
	t.Helper()
	private, err := newPrivateKey()
	require.NoError(t, err)
	key, pair, err := configuredKey(Config{PrivateKeyPEM: private})
	require.NoError(t, err)
	return pair, key
}

// TestManyWhoMissAKeyAskOnceAndAllFindIt: a slow database is not asked again by each of
// those who waited for its answer.
func TestManyWhoMissAKeyAskOnceAndAllFindIt(t *testing.T) {
	private, configured := newPair(t)
	_, other := newPair(t)
	ring, err := jose.NewKeys(private)
	require.NoError(t, err)
	database := slowKeys{takes: keysPause + 100*time.Millisecond, keys: domain.SigningKeys{configured, other}, asked: &atomic.Int64{}}
	k := &signingKeys{
		load: platform.LoadSigningKeys{Store: storeOf{platform: database}, Clock: time.Now},
		ring: ring, configured: configured, private: private, logger: slog.New(slog.DiscardHandler),
	}
	var searches sync.WaitGroup
	for range 20 {
		searches.Go(func() {
			k.search()
			require.Contains(t, string(ring.JWKS()), string(other.ID))
		})
	}
	searches.Wait()
	require.EqualValues(t, 1, database.asked.Load())
	k.search()
	require.EqualValues(t, 1, database.asked.Load(), "not again so soon")
}

// TestVerifiersWithACooldownKnowANewKeyBeforeItSigns simulates a verifier with a cooldown, such as
// jose: it fetches the key set for an unknown kid unless it fetched one within the cooldown. It
// must know the new key when the first token arrives, whenever it fetched last.
func TestVerifiersWithACooldownKnowANewKeyBeforeItSigns(t *testing.T) {
	published := keysInterval + http.KeySetAge // at the latest, on every replica and in every cache
	for fetched := time.Duration(0); fetched <= cli.KeyLead; fetched += time.Second {
		known := fetched >= published
		mayFetch := cli.KeyLead >= fetched+verifierCooldown
		require.True(t, known || mayFetch, "a verifier that fetched %s after the rotation refuses valid tokens", fetched)
	}
	require.GreaterOrEqual(t, cli.KeyLead, verifierLag)
}
