package operations

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Reencrypt encrypts every stored secret with the current key.
type Reencrypt struct {
	Store port.Store
	Keys  port.KeyRing
}

// ReencryptResult counts the secrets that were found and reencrypted.
type ReencryptResult struct {
	Total       int // all secrets at the start
	Examined    int // secrets examined, so far if the work was interrupted
	Reencrypted int
	Unreadable  int  // left unchanged, because no key opens them at their place
	Changed     int  // still due, because each time another process changed them first
	Canary      bool // whether the canary is sealed with the current key
}

const (
	resealBatch  = 100 // the largest number of secrets in one unit of work
	resealPasses = 3   // how often secrets that another process changed are examined again
)

// Execute may be interrupted anywhere and run again, beside the service and by several
// processes at once: each secret is either as it was or reencrypted. progress is called
// after each batch. The canary comes last.
func (uc Reencrypt) Execute(ctx context.Context, progress func(ReencryptResult)) (ReencryptResult, error) {
	var result ReencryptResult
	counts, err := uc.Store.Platform().Sealed().Count(ctx)
	if err != nil {
		return result, err
	}
	for _, count := range counts {
		result.Total += count.Values
	}
	for range resealPasses {
		result.Examined, result.Unreadable, result.Changed = 0, 0, 0
		if err := uc.pass(ctx, &result, progress); err != nil {
			return result, err
		}
		if result.Changed == 0 {
			break
		}
	}
	if result.Changed > 0 {
		return result, nil
	}
	result.Canary, err = uc.renewCanary(ctx, result.Unreadable == 0)
	return result, err
}

// pass examines every secret once.
func (uc Reencrypt) pass(ctx context.Context, result *ReencryptResult, progress func(ReencryptResult)) error {
	secrets := uc.Store.Platform().Sealed()
	for _, kind := range secrets.Kinds() {
		var last port.SealedValue
		for {
			values, err := secrets.After(ctx, kind, last, resealBatch)
			if err != nil {
				return err
			}
			if len(values) == 0 {
				break
			}
			if err := uc.move(ctx, values, result); err != nil {
				return err
			}
			last = values[len(values)-1]
			progress(*result)
		}
	}
	return nil
}

// move reencrypts the secrets of a batch that are due.
func (uc Reencrypt) move(ctx context.Context, values []port.SealedValue, result *ReencryptResult) error {
	current := uc.Keys.KeyIDs()[0]
	var resealed []port.Resealed
	for _, value := range values {
		secret, err := uc.Keys.Open(value.Sealed, value.Place)
		switch {
		case errors.Is(err, domain.ErrSecretUnreadable):
			result.Unreadable++
			continue
		case err != nil:
			return err
		case value.Sealed.KeyID() == current:
			continue
		}
		sealed, err := uc.Keys.Seal(secret, value.Place)
		if err != nil {
			return err
		}
		resealed = append(resealed, port.Resealed{Value: value, Sealed: sealed})
	}
	moved, err := uc.Store.Platform().Sealed().Replace(ctx, resealed)
	result.Reencrypted += moved
	if err == nil {
		result.Examined += len(values)
		result.Changed += len(resealed) - moved
	}
	return err
}

// renewCanary seals the canary with the current key. A canary that no key opens is replaced
// only if no other secret is unreadable: all data then belongs to the current keys.
func (uc Reencrypt) renewCanary(ctx context.Context, readable bool) (current bool, err error) {
	secrets := uc.Store.Platform().Sealed()
	old, err := secrets.Canary(ctx, CanaryName)
	if err != nil {
		return false, err
	}
	state := ReadCanary(uc.Keys, old)
	if state == CanaryCurrent || state != CanaryFallback && !readable {
		return state == CanaryCurrent, nil
	}
	sealed, err := uc.Keys.Seal(domain.NewSecret(canaryText), canaryPlace)
	if err != nil {
		return false, err
	}
	if state == CanaryAbsent {
		_, err = secrets.AddCanary(ctx, CanaryName, sealed)
	} else {
		err = secrets.ReplaceCanary(ctx, CanaryName, old, sealed)
	}
	return err == nil, err
}
