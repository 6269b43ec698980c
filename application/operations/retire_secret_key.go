package operations

import (
	"context"

	"github.com/sole-platform/sole/application/port"
)

// RetireSecretKey reports whether a key can be removed from the configuration. It stores nothing.
type RetireSecretKey struct {
	Store port.Store
	Keys  port.KeyRing
}

// KeyUse is what still needs a key.
type KeyUse struct {
	Known    bool // whether the key is configured
	Position int  // of a known key: 0 is the current one, n the nth fallback
	Values   int  // sealed secrets that name it
	Canary   bool // whether it sealed the canary
}

// Free reports whether nothing needs the key any more.
func (u KeyUse) Free() bool { return u.Known && u.Position > 0 && u.Values == 0 && !u.Canary }

// Execute counts at this moment: a replica that still seals with the key can add to it.
func (uc RetireSecretKey) Execute(ctx context.Context, id string) (KeyUse, error) {
	report, err := SecretsStatus(uc).Execute(ctx)
	if err != nil {
		return KeyUse{}, err
	}
	use := KeyUse{Canary: id != "" && report.CanaryKey == id}
	for _, key := range report.Keys {
		if key.ID == id {
			use.Known, use.Position, use.Values = true, key.Position, key.Values
		}
	}
	for _, count := range report.Unknown {
		if count.KeyID == id {
			use.Values += count.Values
		}
	}
	return use, nil
}
