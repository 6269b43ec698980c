package authenticator

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
)

// The algorithms of keys, by their COSE numbers.
const (
	ES256 = -7
	EdDSA = -8
	RS256 = -257
)

// Key is the private key of a passkey.
type Key struct {
	Algorithm int64
	signer    crypto.Signer
}

// NewKey creates a key. An RSA key has 2048 bits.
func NewKey(algorithm int64) (Key, error) {
	switch algorithm {
	case ES256:
		signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return Key{Algorithm: ES256, signer: signer}, err
	case EdDSA:
		_, signer, err := ed25519.GenerateKey(rand.Reader)
		return Key{Algorithm: EdDSA, signer: signer}, err
	case RS256:
		return NewRSAKey(2048)
	}
	return Key{}, fmt.Errorf("the algorithm %d is unknown", algorithm)
}

// NewRSAKey creates a key for RS256 of any size from 1024 bits.
func NewRSAKey(bits int) (Key, error) {
	signer, err := rsa.GenerateKey(rand.Reader, bits)
	return Key{Algorithm: RS256, signer: signer}, err
}

// COSE returns the public key as a COSE_Key (RFC 9053, RFC 8230).
func (k Key) COSE() map[int]any {
	switch public := k.signer.Public().(type) {
	case *ecdsa.PublicKey:
		point, _ := public.Bytes() // fails for points off the curve only
		return map[int]any{1: 2, 3: k.Algorithm, -1: 1, -2: point[1:33], -3: point[33:]}
	case ed25519.PublicKey:
		return map[int]any{1: 1, 3: k.Algorithm, -1: 6, -2: []byte(public)}
	case *rsa.PublicKey:
		exponent := []byte{byte(public.E >> 16), byte(public.E >> 8), byte(public.E)}
		return map[int]any{1: 3, 3: k.Algorithm, -1: public.N.Bytes(), -2: exponent}
	}
	return nil
}

// sign signs a message as the kind of key demands, whatever algorithm the key claims.
func (k Key) sign(message []byte) ([]byte, error) {
	if _, ok := k.signer.(ed25519.PrivateKey); ok {
		return k.signer.Sign(nil, message, crypto.Hash(0))
	}
	hash := sha256.Sum256(message)
	return k.signer.Sign(rand.Reader, hash[:], crypto.SHA256)
}

func (k Key) spki() []byte {
	der, _ := x509.MarshalPKIXPublicKey(k.signer.Public()) // fails for unknown kinds of keys only
	return der
}
