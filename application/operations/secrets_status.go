package operations

import (
	"context"
	"slices"

	"github.com/sole-platform/sole/application/port"
)

// SecretsStatus counts what is sealed at rest by the key that sealed it.
type SecretsStatus struct {
	Store port.Store
	Keys  port.KeyRing
}

// SecretsReport lists the keys that are still needed.
type SecretsReport struct {
	Keys      []KeyCount         // the configured keys: the current one, then the fallbacks in order
	Unknown   []port.SealedCount // under keys that are not configured
	Canary    CanaryState
	CanaryKey string // the id of the key that sealed the canary
}

// KeyCount is how many sealed secrets name one configured key.
type KeyCount struct {
	ID       string
	Position int // 0 is the current key, n the nth fallback
	Values   int
}

// Unreadable counts the secrets of one kind, or of all when empty, whose key is not configured.
func (r SecretsReport) Unreadable(kind port.SealedKind) (n int) {
	for _, count := range r.Unknown {
		if kind == "" || count.Kind == kind {
			n += count.Values
		}
	}
	return n
}

// Due counts the secrets that a fallback sealed.
func (r SecretsReport) Due() (n int) {
	for _, key := range r.Keys {
		if key.Position > 0 {
			n += key.Values
		}
	}
	return n
}

// Execute goes by the key that each secret names; it opens nothing but the canary.
func (uc SecretsStatus) Execute(ctx context.Context) (SecretsReport, error) {
	secrets := uc.Store.Platform().Sealed()
	counts, err := secrets.Count(ctx)
	if err != nil {
		return SecretsReport{}, err
	}
	canary, err := secrets.Canary(ctx, CanaryName)
	if err != nil {
		return SecretsReport{}, err
	}
	report := SecretsReport{Canary: ReadCanary(uc.Keys, canary), CanaryKey: canary.KeyID()}
	for position, id := range uc.Keys.KeyIDs() {
		if !slices.ContainsFunc(report.Keys, func(k KeyCount) bool { return k.ID == id }) { // a key may be given twice
			report.Keys = append(report.Keys, KeyCount{ID: id, Position: position})
		}
	}
	for _, count := range counts {
		report.add(count)
	}
	return report, nil
}

func (r *SecretsReport) add(count port.SealedCount) {
	for i := range r.Keys {
		if r.Keys[i].ID == count.KeyID {
			r.Keys[i].Values += count.Values
			return
		}
	}
	r.Unknown = append(r.Unknown, count)
}
