package operations

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// CanaryName is the name of the canary, a constant sealed at the first start.
const CanaryName = "secret_key"

const canaryText = "the canary sings"

var canaryPlace = port.Place{Purpose: "canary:" + CanaryName}

// CanaryState says which key opens the canary, and therefore which key the data was written with.
type CanaryState int

// The states of the canary.
const (
	CanaryAbsent     CanaryState = iota // none is stored: the service has not been started yet
	CanaryCurrent                       // the current key opens it
	CanaryFallback                      // an earlier key opens it: the stored secrets are due to be reencrypted
	CanaryUnreadable                    // no key opens it: the keys are not those of the data
)

// ReadCanary returns which of the keys opens a canary; an empty one is absent.
func ReadCanary(keys port.KeyRing, sealed domain.SealedSecret) CanaryState {
	if sealed == "" {
		return CanaryAbsent
	}
	text, err := keys.Open(sealed, canaryPlace)
	switch {
	case err != nil || text.Reveal() != canaryText:
		return CanaryUnreadable
	case sealed.KeyID() != keys.KeyIDs()[0]:
		return CanaryFallback
	}
	return CanaryCurrent
}

// CheckCanary checks at a start of the service whether its keys are those of the data.
type CheckCanary struct {
	Store port.Store
	Keys  port.KeyRing
}

// Execute stores a canary at the first start, even if several processes start at once, and
// writes nothing at later starts. It counts secrets only if something is wrong. It stores no
// canary if secrets were already sealed with other keys.
func (uc CheckCanary) Execute(ctx context.Context) (SecretsReport, error) {
	secrets := uc.Store.Platform().Sealed()
	sealed, err := secrets.Canary(ctx, CanaryName)
	if err != nil {
		return SecretsReport{}, err
	}
	if state := ReadCanary(uc.Keys, sealed); state == CanaryCurrent || state == CanaryFallback {
		return SecretsReport{Canary: state}, nil
	}
	report, err := SecretsStatus(uc).Execute(ctx)
	if err != nil || report.Canary != CanaryAbsent || report.Unreadable("") > 0 {
		return report, err
	}
	if sealed, err = uc.Keys.Seal(domain.NewSecret(canaryText), canaryPlace); err != nil {
		return report, err
	}
	sealed, err = secrets.AddCanary(ctx, CanaryName, sealed)
	report.Canary = ReadCanary(uc.Keys, sealed)
	return report, err
}
