package jose

import (
	"crypto/rsa"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Maker creates signing keys. The zero value is ready to use.
type Maker struct{}

var _ port.KeyMaker = Maker{}

// New implements port.KeyMaker.
func (Maker) New(algorithm domain.SigningAlgorithm, bits int) (port.NewKey, error) {
	key, err := GenerateKey(algorithm, bits)
	if err != nil {
		return port.NewKey{}, err
	}
	private, err := EncodePrivateKey(key)
	if err != nil {
		return port.NewKey{}, err
	}
	public, err := EncodePublicKey(key.Public())
	if err != nil {
		return port.NewKey{}, err
	}
	id, err := KeyID(key.Public())
	return port.NewKey{ID: domain.KeyID(id), PublicPEM: string(public), PrivatePEM: domain.NewSecret(string(private))}, err
}

// Bits implements port.KeyMaker.
func (Maker) Bits(publicPEM string) (int, error) {
	key, err := LoadPublicKey([]byte(publicPEM))
	if err != nil {
		return 0, err
	}
	if key, ok := key.(*rsa.PublicKey); ok {
		return key.N.BitLen(), nil
	}
	return 0, nil
}
