package bootstrap

import (
	"bytes"
	"context"
	"crypto"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// slowKeys is a database that is slow to list the signing keys. It has no other function.
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

type inStore struct {
	port.Store
	platform port.Platform
}

func (s inStore) Platform() port.Platform { return s.platform }

func newPair(t *testing.T) (crypto.Signer, domain.SigningKey) {
	t.Helper()
	private, err := newPEM(domain.RS256, 0)
	require.NoError(t, err)
	key, pair, err := configuredKey(Config{Algorithm: domain.RS256, PrivateKeyPEM: private})
	require.NoError(t, err)
	return pair, key
}

// TestConcurrentSearchesForAKeyReadTheDatabaseOnce uses a slow database: the searches that waited for its
// answer must not read it again, and must find the key.
func TestConcurrentSearchesForAKeyReadTheDatabaseOnce(t *testing.T) {
	private, configured := newPair(t)
	_, other := newPair(t)
	ring, err := jose.NewKeys(private)
	require.NoError(t, err)
	database := slowKeys{takes: keysPause + 100*time.Millisecond, keys: domain.SigningKeys{configured, other}, asked: &atomic.Int64{}}
	k := &signingKeys{
		load: operations.LoadSigningKeys{Store: inStore{platform: database}, Clock: time.Now},
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

// TestARetiredKeyThatSignsIsReported has only a retired key for the algorithm of the process, so that the others refuse what it
// signs.
func TestARetiredKeyThatSignsIsReported(t *testing.T) {
	private, configured := newPair(t)
	retired := configured
	retired.RetiredAt = time.Now()
	_, other := newPair(t)
	other.Algorithm = domain.ES256
	for name, c := range map[string]struct {
		stored   domain.SigningKeys
		reported bool
	}{
		"retired":        {domain.SigningKeys{retired, other}, true},
		"in use":         {domain.SigningKeys{configured, other}, false},
		"not stored yet": {domain.SigningKeys{other}, false},
	} {
		t.Run(name, func(t *testing.T) {
			ring, err := jose.NewKeys(private)
			require.NoError(t, err)
			var logged bytes.Buffer
			k := &signingKeys{
				load: operations.LoadSigningKeys{
					Store: inStore{platform: slowKeys{keys: c.stored, asked: &atomic.Int64{}}}, Clock: time.Now,
				},
				ring: ring, configured: configured, private: private, logger: slog.New(slog.NewTextHandler(&logged, nil)),
			}
			finding := k.diagnose(t.Context())
			require.Equal(t, c.reported, finding.Level == cli.LevelFailure, finding.Text)
			require.Equal(t, c.reported, strings.Contains(finding.Text, "sole keys rotate"))
			if name != "not stored yet" {
				require.NoError(t, k.refresh(t.Context()))
				require.NoError(t, k.refresh(t.Context()))
				require.Equal(t, c.reported, strings.Count(logged.String(), "was retired") == 1, "once: %s", &logged)
			}
		})
	}
}

// TestVerifiersWithACooldownHaveANewKeyBeforeItSigns simulates a verifier with a cooldown, such as
// jose: it fetches the key set for an unknown kid unless it fetched one within the cooldown. It
// must know the new key when the first token arrives, whenever it fetched last.
func TestVerifiersWithACooldownHaveANewKeyBeforeItSigns(t *testing.T) {
	published := keysInterval + http.KeySetAge // at the latest, on every replica and in every cache
	for fetched := time.Duration(0); fetched <= cli.KeyLead; fetched += time.Second {
		known := fetched >= published
		mayFetch := cli.KeyLead >= fetched+verifierCooldown
		require.True(t, known || mayFetch, "a verifier that fetched %s after the rotation refuses valid tokens", fetched)
	}
	require.GreaterOrEqual(t, cli.KeyLead, verifierLag)
}
