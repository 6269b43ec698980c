package jose

import (
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Maker makes signing keys. The zero value is ready to use.
type Maker struct{}

var _ port.KeyMaker = Maker{}

// New implements port.KeyMaker.
func (Maker) New(bits int) (id domain.KeyID, publicPEM string, privatePEM domain.Secret, err error) {
	key, err := GenerateKey(bits)
	if err != nil {
		return "", "", domain.Secret{}, err
	}
	private, err := EncodePrivateKey(key)
	if err != nil {
		return "", "", domain.Secret{}, err
	}
	public, err := EncodePublicKey(&key.PublicKey)
	if err != nil {
		return "", "", domain.Secret{}, err
	}
	name, err := keyID(&key.PublicKey)
	return domain.KeyID(name), string(public), domain.NewSecret(string(private)), err
}
