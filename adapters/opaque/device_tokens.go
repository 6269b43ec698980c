package opaque

import (
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// deviceFormat contains org, device and secret.
var deviceFormat = format{"dv", 2*idBytes + secretBytes}

// DeviceTokens creates the tokens of remembered devices. The zero value is ready to use.
type DeviceTokens struct{}

var _ port.DeviceTokens = DeviceTokens{}

// New creates a token of the device. org and device must be ids.
func (DeviceTokens) New(org domain.OrgID, device domain.DeviceID) port.DeviceToken {
	secret := deviceFormat.write(slices.Concat(bytesOf(org), bytesOf(device), RandomBytes(secretBytes)))
	return port.DeviceToken{Org: org, Device: device, Hash: hash(secret), Secret: secret}
}

// Parse reads a token. Text that New cannot have created is domain.ErrUnauthenticated.
func (DeviceTokens) Parse(token domain.Secret) (port.DeviceToken, error) {
	content, err := deviceFormat.read(token)
	if err != nil {
		return port.DeviceToken{}, err
	}
	return port.DeviceToken{
		Org: idOf[domain.OrgID](content), Device: idOf[domain.DeviceID](content[idBytes:]),
		Hash: hash(token), Secret: token,
	}, nil
}

var deviceSuccessors = successors{"sole/device/successor/v1"}

// Seal implements port.DeviceTokens.
func (DeviceTokens) Seal(old, successor port.DeviceToken) ([]byte, error) {
	return deviceSuccessors.seal(old.Secret, successor.Secret)
}

// Open decrypts the result of Seal with the same old token. Anything else, and a token of another
// device, is domain.ErrUnauthenticated.
func (t DeviceTokens) Open(old port.DeviceToken, sealed []byte) (port.DeviceToken, error) {
	text, err := deviceSuccessors.open(old.Secret, sealed)
	if err != nil {
		return port.DeviceToken{}, err
	}
	successor, err := t.Parse(text)
	if err != nil || successor.Org != old.Org || successor.Device != old.Device {
		return port.DeviceToken{}, domain.ErrUnauthenticated
	}
	return successor, nil
}
