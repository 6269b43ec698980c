package webauthn

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"math/big"
	"slices"

	"github.com/fxamacker/cbor/v2"
)

// Types of keys and curves in COSE_Key (RFC 9053, section 7; RFC 8230, section 4).
const (
	typeOKP = 1
	typeEC2 = 2
	typeRSA = 3

	curveP256    = 1
	curveEd25519 = 6
)

// publicKey verifies signatures.
type publicKey func(message, signature []byte) bool

// keyHead is the part of COSE_Key that all types have. Section 6.5.1 requires alg and forbids optional parameters.
type keyHead struct {
	Type      int64 `cbor:"1,keyasint"`
	Algorithm int64 `cbor:"3,keyasint"`
}

var (
	errNotOffered = errors.New("the algorithm of the key was not offered")
	errKey        = errors.New("the key is not valid for its algorithm")
	errRSAKey     = errors.New("the RSA key does not have 2048 to 4096 bits and the exponent 65537")
)

// parseKey reads a COSE_Key of one of the algorithms that are offered. Each algorithm has one type of key and one curve
// (section 5.8.5).
func parseKey(data []byte) (publicKey, error) {
	var head keyHead
	if err := lenient.Unmarshal(data, &head); err != nil {
		return nil, errKey
	}
	switch head.Algorithm {
	case es256:
		return parseES256(data)
	case edDSA:
		return parseEdDSA(data)
	case rs256:
		return parseRS256(data)
	default:
		return nil, errNotOffered
	}
}

func parseES256(data []byte) (publicKey, error) {
	var key struct {
		keyHead
		Curve int64           `cbor:"-1,keyasint"`
		X     cbor.ByteString `cbor:"-2,keyasint"`
		Y     cbor.ByteString `cbor:"-3,keyasint"`
	}
	if err := strict.Unmarshal(data, &key); err != nil || key.Type != typeEC2 || key.Curve != curveP256 {
		return nil, errKey
	}
	return es256Key([]byte(key.X), []byte(key.Y))
}

// es256Key returns the key at a point of P-256.
func es256Key(x, y []byte) (publicKey, error) {
	const coordinate = 32
	point := slices.Concat([]byte{4}, x, y) // uncompressed, SEC 1, section 2.3.3
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil || len(x) != coordinate {
		return nil, errKey
	}
	return func(message, signature []byte) bool {
		digest := sha256.Sum256(message)
		return ecdsa.VerifyASN1(public, digest[:], signature)
	}, nil
}

func parseEdDSA(data []byte) (publicKey, error) {
	var key struct {
		keyHead
		Curve int64           `cbor:"-1,keyasint"`
		X     cbor.ByteString `cbor:"-2,keyasint"`
	}
	if err := strict.Unmarshal(data, &key); err != nil || key.Type != typeOKP || key.Curve != curveEd25519 ||
		len(key.X) != ed25519.PublicKeySize || hasSmallOrder([]byte(key.X)) {
		return nil, errKey
	}
	public := ed25519.PublicKey(key.X)
	return func(message, signature []byte) bool { return ed25519.Verify(public, message, signature) }, nil
}

// hasSmallOrder reports whether a point of Ed25519 has an order of at most 8. Everybody can sign for such a key.
func hasSmallOrder(point []byte) bool {
	y := slices.Clone(point)
	y[len(y)-1] &= 0x7f // without the sign of x
	slices.Reverse(y)   // little-endian before
	return slices.Contains(smallOrder, new(big.Int).SetBytes(y).Text(16))
}

// smallOrder are the y coordinates of the points of order 1, 2, 4 and 8, with the two that can also be written without
// being reduced modulo 2²⁵⁵-19.
var smallOrder = []string{
	"0", "1",
	"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
	"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
	"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee",
	"5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
	"7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
}

func parseRS256(data []byte) (publicKey, error) {
	var key struct {
		keyHead
		N cbor.ByteString `cbor:"-1,keyasint"`
		E cbor.ByteString `cbor:"-2,keyasint"`
	}
	const (
		minBits, maxBits = 2048, 4096
		exponent         = "\x01\x00\x01"
	)
	if err := strict.Unmarshal(data, &key); err != nil || key.Type != typeRSA {
		return nil, errKey
	}
	n := new(big.Int).SetBytes([]byte(key.N))
	if key.E != exponent || n.BitLen() < minBits || n.BitLen() > maxBits || n.Bit(0) == 0 || key.N[0] == 0 {
		return nil, errRSAKey
	}
	public := &rsa.PublicKey{N: n, E: 65537}
	return func(message, signature []byte) bool {
		digest := sha256.Sum256(message)
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil
	}, nil
}
