package conformance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// KeyRing checks what port.KeyRing promises beyond port.SecretBox. open returns a ring
// of keys derived from these texts.
func KeyRing(t *testing.T, open func(t *testing.T, current string, fallbacks ...string) port.KeyRing) {
	const first, second, third = "the first key, of many characters", "the second key, of many characters", "the third key, of many characters"
	sealedBy := func(t *testing.T, current string, fallbacks ...string) domain.SealedSecret {
		return mustSeal(t, open(t, current, fallbacks...), "JBSWY3DPEHPK3PXP")
	}
	t.Run("names its keys in order, the same ones each time", func(t *testing.T) {
		ids := open(t, third, second, first).KeyIDs()
		require.Len(t, ids, 3)
		for i, key := range []string{third, second, first} {
			require.Equal(t, open(t, key).KeyIDs(), ids[i:i+1])
		}
		require.NotEqual(t, ids[0], ids[1])
		require.NotEqual(t, ids[1], ids[2])
	})
	t.Run("seals with the first key and says so in what it sealed", func(t *testing.T) {
		sealed := sealedBy(t, second, first)
		require.Equal(t, open(t, second).KeyIDs()[0], sealed.KeyID())
		mustNotOpen(t, open(t, first), sealed, boxPlace, "without the key that sealed")
	})
	t.Run("opens with any of its keys, and no other", func(t *testing.T) {
		ring := open(t, third, second, first)
		for _, key := range []string{first, second, third} {
			secret, err := ring.Open(sealedBy(t, key), boxPlace)
			require.NoError(t, err)
			require.Equal(t, "JBSWY3DPEHPK3PXP", secret.Reveal())
		}
		mustNotOpen(t, open(t, third, second), sealedBy(t, first), boxPlace, "a key that is gone")
	})
}
