package webhooks

import (
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UseCases is what administrators do with the webhooks of their org.
type UseCases struct {
	List         List
	Get          Get
	Create       Create
	Update       Update
	Remove       Remove
	RotateSecret RotateSecret
	Test         Test
	Deliveries   Deliveries
	Resend       Resend
}

// Deps is what these use cases need.
type Deps struct {
	Guard  proof.Guard
	Box    port.SecretBox
	Random port.RandomBytes
	Rules  domain.WebhookRules
}

// New returns the use cases.
func New(d Deps) UseCases {
	secrets := secrets{Box: d.Box, Random: d.Random}
	return UseCases{
		List:         List{d.Guard},
		Get:          Get{d.Guard},
		Create:       Create{Guard: d.Guard, secrets: secrets, Rules: d.Rules},
		Update:       Update{Guard: d.Guard, Rules: d.Rules},
		Remove:       Remove{d.Guard},
		RotateSecret: RotateSecret{Guard: d.Guard, secrets: secrets},
		Test:         Test{d.Guard},
		Deliveries:   Deliveries{d.Guard},
		Resend:       Resend{d.Guard},
	}
}
