package webauthn_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

// registerKey verifies a registration with a public key, and returns the error.
func registerKey(t *testing.T, key map[int]any) error {
	t.Helper()
	credential := register(t, &authenticator.Authenticator{Origin: origin}, func(a *authenticator.Answer) { a.PublicKey = key })
	_, err := newRelyingParty().VerifyRegistration(credential, newRegistration())
	return err
}

func TestRSAKeysHave2048To4096BitsAndOneExponent(t *testing.T) {
	key := func(modulus, exponent []byte) map[int]any {
		return map[int]any{1: 3, 3: -257, -1: modulus, -2: exponent}
	}
	exponent := []byte{1, 0, 1}
	ones := func(length int) []byte { return bytes.Repeat([]byte{0xff}, length) }
	even, short := ones(256), ones(256)
	even[255], short[0] = 0xfe, 0x7f
	for name, good := range map[string]map[int]any{
		"2048 bits": key(ones(256), exponent),
		"4096 bits": key(ones(512), exponent),
	} {
		require.NoError(t, registerKey(t, good), name)
	}
	for name, bad := range map[string]map[int]any{
		"2047 bits":            key(short, exponent),
		"4104 bits":            key(ones(513), exponent),
		"a leading zero":       key(append([]byte{0}, ones(256)...), exponent),
		"an even modulus":      key(even, exponent),
		"no modulus":           key(nil, exponent),
		"the exponent 1":       key(ones(256), []byte{1}),
		"the exponent 3":       key(ones(256), []byte{3}),
		"an even exponent":     key(ones(256), []byte{1, 0, 0}),
		"a padded exponent":    key(ones(256), []byte{0, 1, 0, 1}),
		"a large exponent":     key(ones(256), ones(256)),
		"no exponent":          key(ones(256), nil),
		"the type of EC2":      {1: 2, 3: -257, -1: ones(256), -2: exponent},
		"a modulus as numbers": {1: 3, 3: -257, -1: []int{1, 2}, -2: exponent},
	} {
		require.ErrorIs(t, registerKey(t, bad), domain.ErrInvalidCode, name)
	}
}

// TestEd25519KeysOfSmallOrderAreRefused tries the points of order 1, 2, 4 and 8, with both signs of x and also as numbers
// that are not reduced.
func TestEd25519KeysOfSmallOrderAreRefused(t *testing.T) {
	for _, y := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000001",
		"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec", // -1
		"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed", // 0
		"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee", // 1
		"05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
		"7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
	} {
		point, err := hex.DecodeString(y)
		require.NoError(t, err)
		slices.Reverse(point)
		for range 2 {
			require.ErrorIs(t, registerKey(t, map[int]any{1: 1, 3: -8, -1: 6, -2: point}), domain.ErrInvalidCode, y)
			point[31] ^= 0x80
		}
	}
	for name, bad := range map[string]map[int]any{
		"33 bytes":      {1: 1, 3: -8, -1: 6, -2: bytes.Repeat([]byte{9}, 33)},
		"31 bytes":      {1: 1, 3: -8, -1: 6, -2: bytes.Repeat([]byte{9}, 31)},
		"another curve": {1: 1, 3: -8, -1: 4, -2: bytes.Repeat([]byte{9}, 32)},
		"another type":  {1: 2, 3: -8, -1: 6, -2: bytes.Repeat([]byte{9}, 32)},
		"a y as well":   {1: 1, 3: -8, -1: 6, -2: bytes.Repeat([]byte{9}, 32), -3: bytes.Repeat([]byte{9}, 32)},
	} {
		require.ErrorIs(t, registerKey(t, bad), domain.ErrInvalidCode, name)
	}
}

// TestCredentialIDsHave16To1023Bytes: an authenticator makes them long enough that nobody else's is the same.
func TestCredentialIDsHave16To1023Bytes(t *testing.T) {
	for length, good := range map[int]bool{1: false, 15: false, 16: true, 1023: true} {
		credential := register(t, &authenticator.Authenticator{Origin: origin}, func(a *authenticator.Answer) {
			a.CredentialID = bytes.Repeat([]byte{7}, length)
		})
		_, err := newRelyingParty().VerifyRegistration(credential, newRegistration())
		if good {
			require.NoError(t, err, length)
		} else {
			require.ErrorIs(t, err, domain.ErrInvalidCode, length)
		}
	}
}
