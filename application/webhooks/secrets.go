package webhooks

import (
	"encoding/base64"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// secretSize is the number of random bytes of a secret. Standard Webhooks allows 24 to 64.
const secretSize = 32

// secrets creates the secrets of webhooks.
type secrets struct {
	Box    port.SecretBox
	Random port.RandomBytes
}

// create returns a new secret of a webhook, as the receiver gets it (whsec_ and base64) and as it is stored.
func (s secrets) create(org domain.OrgID, id domain.WebhookID) (domain.Secret, domain.SealedSecret, error) {
	secret := domain.NewSecret("whsec_" + base64.StdEncoding.EncodeToString(s.Random(secretSize)))
	sealed, err := s.Box.Seal(secret, port.WebhookPlace(org, id))
	return secret, sealed, err
}
