package operations_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const tokenLifetime = 15 * time.Minute

// keyring is a deployment with an org, a configured key, and a clock that tests set.
type keyring struct {
	*vault
	org        domain.OrgID
	now        time.Time
	configured domain.SigningKey
}

func newKeyring(t *testing.T) *keyring {
	t.Helper()
	v := newVault(t)
	return &keyring{vault: v, org: v.org(1, newKey)[0].Org, now: now, configured: newConfigured(t, domain.RS256)}
}

func newConfigured(t *testing.T, algorithm domain.SigningAlgorithm) domain.SigningKey {
	t.Helper()
	return newConfiguredOf(t, algorithm, 0)
}

func newConfiguredOf(t *testing.T, algorithm domain.SigningAlgorithm, bits int) domain.SigningKey {
	t.Helper()
	made, err := jose.Maker{}.New(algorithm, bits)
	require.NoError(t, err)
	return domain.SigningKey{ID: made.ID, Source: domain.KeyConfigured, Algorithm: algorithm, PublicPEM: made.PublicPEM}
}

func (k *keyring) clock() time.Time { return k.now }

func (k *keyring) load(key string) []operations.LoadedKey {
	k.t.Helper()
	loaded, err := operations.LoadSigningKeys{Store: k.store, Box: keys(k.t, key), Clock: k.clock}.Execute(k.t.Context(), k.configured)
	require.NoError(k.t, err)
	return loaded
}

func (k *keyring) rotation(org domain.OrgID) operations.RotateSigningKey {
	box := keys(k.t, newKey)
	return operations.RotateSigningKey{
		Load:       operations.LoadSigningKeys{Store: k.store, Box: box, Clock: k.clock},
		Configured: k.configured,
		Store:      k.store,
		Maker:      jose.Maker{},
		Box:        box,
		Clock:      k.clock,
		NewID:      uuid.NewString,
		Org:        org,
	}
}

func (k *keyring) rotate(lead time.Duration) domain.SigningKey {
	k.t.Helper()
	key, err := k.rotation(k.org).Execute(k.t.Context(), 0, lead)
	require.NoError(k.t, err)
	return key
}

func (k *keyring) retire(id domain.KeyID, forced bool) error {
	return operations.RetireSigningKey{
		Store: k.store, Clock: k.clock, NewID: uuid.NewString, Org: k.org, Algorithm: k.configured.Algorithm, Lifetime: tokenLifetime,
	}.Execute(k.t.Context(), id, forced)
}

func (k *keyring) state(id domain.KeyID) domain.KeyState {
	k.t.Helper()
	all, err := k.store.Platform().SigningKeys(k.t.Context())
	require.NoError(k.t, err)
	return all.At(id, k.configured.Algorithm, k.now)
}

// events are those of the keys in the org's log, newest first.
func (k *keyring) events() (names []domain.EventName) {
	k.t.Helper()
	require.NoError(k.t, k.store.ReadOrg(k.t.Context(), k.org, func(tx port.OrgTx) error {
		events, err := tx.Audit().List(k.t.Context(), domain.AuditFilter{}, domain.AuditPlace{}, 100)
		for _, e := range events {
			if e.ResourceType == "signing_key" {
				names = append(names, e.Name)
			}
		}
		return err
	}))
	return names
}

func TestTheConfiguredKeyIsStoredOnceWithoutItsPrivateHalf(t *testing.T) {
	k := newKeyring(t)
	first := k.load(newKey)
	require.Len(t, first, 1)
	require.Equal(t, k.configured.ID, first[0].ID)
	require.Equal(t, now, first[0].SignsFrom)
	require.Empty(t, first[0].Private)
	k.now = now.Add(time.Hour)
	require.Equal(t, first, k.load(newKey), "seen before")
}

func TestAReplacedConfiguredKeyStillVerifies(t *testing.T) {
	k := newKeyring(t)
	earlier := k.configured.ID
	k.load(newKey)
	k.now = now.Add(time.Hour)
	k.configured = newConfigured(t, domain.RS256)
	require.Len(t, k.load(newKey), 2)
	require.Equal(t, domain.KeyVerifying, k.state(earlier))
	require.Equal(t, domain.KeySigning, k.state(k.configured.ID))
}

// TestReplicasWithDifferentAlgorithmsDoNotSwitchEachOther starts two replicas in turns, during a change that takes days.
func TestReplicasWithDifferentAlgorithmsDoNotSwitchEachOther(t *testing.T) {
	k := newKeyring(t)
	before, after := k.configured, newConfigured(t, domain.ES256)
	var first []operations.LoadedKey
	for turn := range 6 {
		k.now = now.Add(time.Duration(turn) * time.Hour)
		k.configured = before
		if turn%2 == 1 {
			k.configured = after
		}
		loaded := k.load(newKey)
		require.Equal(t, domain.KeySigning, k.state(k.configured.ID), "turn %d", turn)
		if turn == 1 {
			first = loaded
		}
		if turn >= 1 {
			require.Equal(t, first, loaded, "turn %d adds and changes no key", turn)
		}
	}
	require.Len(t, first, 2)
	require.Equal(t, domain.RS256, first[0].Algorithm)
	require.Equal(t, domain.ES256, first[1].Algorithm)
}

func TestARotationMakesAKeyOfTheConfiguredAlgorithm(t *testing.T) {
	k := newKeyring(t)
	k.load(newKey)
	old := k.configured.ID
	k.configured = newConfigured(t, domain.ES256)
	made := k.rotate(time.Minute)
	require.Equal(t, domain.ES256, made.Algorithm)
	require.Equal(t, domain.KeySigning, k.state(k.configured.ID))
	k.now = made.SignsFrom
	require.Equal(t, domain.KeySigning, k.state(made.ID))
	loaded := k.load(newKey)
	require.Len(t, loaded, 3)
	require.Contains(t, loaded[2].PrivatePEM.Reveal(), "PRIVATE KEY")
	_, err := k.rotation(k.org).Execute(t.Context(), 2048, 0)
	require.ErrorContains(t, err, "no choice of size")

	k.now = made.SignsFrom.Add(24 * time.Hour)
	require.ErrorIs(t, k.retire(old, false), domain.ErrKeyOtherAlgorithm, "a replica of before may still sign with it")
	require.NoError(t, k.retire(old, true))
}

// TestARotationKeepsTheSizeOfTheLatestKey uses sizes that no default has.
func TestARotationKeepsTheSizeOfTheLatestKey(t *testing.T) {
	k := newKeyring(t)
	size := func(key domain.SigningKey) int {
		bits, err := jose.Maker{}.Bits(key.PublicPEM)
		require.NoError(t, err)
		return bits
	}
	k.configured = newConfiguredOf(t, domain.RS256, 2112)
	require.Equal(t, 2112, size(k.rotate(time.Hour)), "that of the configured key, which no service has stored")
	chosen, err := k.rotation(k.org).Execute(t.Context(), 2176, 2*time.Hour)
	require.NoError(t, err)
	require.Equal(t, 2176, size(chosen))
	require.Equal(t, 2176, size(k.rotate(time.Minute)), "that of the key that signs last")

	rsa := k.configured
	k.configured = newConfigured(t, domain.ES256)
	require.Zero(t, size(k.rotate(3*time.Hour)), "the RSA keys are of another algorithm")
	k.configured = rsa
	require.Equal(t, 2176, size(k.rotate(time.Minute)), "the keys for ES256 are of another algorithm")

	k.now = now.Add(24 * time.Hour)
	for _, key := range k.load(newKey) {
		require.NoError(t, k.store.Platform().Keys(t.Context(), "", func(stored port.SigningKeys, _ port.OrgTx) error {
			return stored.Retire(t.Context(), key.ID, k.now)
		}))
	}
	require.Equal(t, 2112, size(k.rotate(0)), "that of the configured key, which signs if all are retired")
}

func TestARotationIsPublishedAtOnceAndSignsAfterItsLead(t *testing.T) {
	k := newKeyring(t)
	k.load(newKey)
	made := k.rotate(10 * time.Second)
	require.Equal(t, now.Add(10*time.Second), made.SignsFrom)
	require.Equal(t, domain.KeyNext, k.state(made.ID))
	require.Equal(t, domain.KeySigning, k.state(k.configured.ID))
	loaded := k.load(newKey)
	require.Len(t, loaded, 2)
	require.Contains(t, loaded[1].PrivatePEM.Reveal(), "PRIVATE KEY")
	require.NotContains(t, string(made.Private), "PRIVATE KEY", "it is sealed")
	k.now = made.SignsFrom
	require.Equal(t, domain.KeySigning, k.state(made.ID))
	require.Equal(t, domain.KeyVerifying, k.state(k.configured.ID))
	require.Equal(t, []domain.EventName{domain.EventKeyRotated}, k.events())
}

func TestARotationThatCannotBeAuditedMakesNoKey(t *testing.T) {
	k := newKeyring(t)
	_, err := k.rotation(domain.OrgID(uuid.NewString())).Execute(t.Context(), 2048, 0)
	require.Error(t, err)
	require.Len(t, k.load(newKey), 1, "the configured one alone")
}

func TestAKeyOfAnotherSecretKeyOrAnotherPlaceIsUnreadable(t *testing.T) {
	k := newKeyring(t)
	k.load(newKey)
	made := k.rotate(0)
	loaded := k.load(lostKey)
	require.Len(t, loaded, 2, "both verify")
	for _, l := range loaded {
		require.Equal(t, l.ID == made.ID, l.Unreadable)
		require.True(t, l.PrivatePEM.IsZero())
	}
	moved := made
	moved.ID = domain.KeyID(strings.Repeat("A", 43))
	require.NoError(t, k.store.Platform().Keys(t.Context(), "", func(stored port.SigningKeys, _ port.OrgTx) error {
		_, err := stored.Insert(t.Context(), moved)
		return err
	}))
	for _, l := range k.load(newKey) {
		require.Equal(t, l.ID == moved.ID, l.Unreadable, "sealed for %s", made.ID)
	}
}

func TestAKeyIsRetiredWhenItsTokensHaveEnded(t *testing.T) {
	k := newKeyring(t)
	k.load(newKey)
	k.now = now.Add(time.Second) // of keys that begin at once the id decides
	made := k.rotate(0)
	code := func(err error) domain.Code {
		failure, ok := errors.AsType[*domain.Error](err)
		require.True(t, ok, "%v", err)
		return failure.Code
	}
	require.Equal(t, domain.CodeConflict, code(k.retire(made.ID, true)), "it signs")
	require.Equal(t, domain.CodeConflict, code(k.retire(k.configured.ID, false)), "its tokens live")
	require.Equal(t, domain.CodeNotFound, code(k.retire("unknown", true)))
	require.Len(t, k.load(newKey), 2, "a refusal changes nothing")

	k.now = made.SignsFrom.Add(tokenLifetime + 30*time.Second - time.Microsecond)
	require.Equal(t, domain.CodeConflict, code(k.retire(k.configured.ID, false)), "the last of its tokens lives")
	k.now = k.now.Add(time.Microsecond)
	require.NoError(t, k.retire(k.configured.ID, false))
	require.Equal(t, domain.CodeNotFound, code(k.retire(k.configured.ID, true)), "only once")
	loaded := k.load(newKey)
	require.Len(t, loaded, 1, "and seeing it configured does not bring it back")
	require.Equal(t, made.ID, loaded[0].ID)
	require.Equal(t, []domain.EventName{domain.EventKeyRetired, domain.EventKeyRotated}, k.events())
}
