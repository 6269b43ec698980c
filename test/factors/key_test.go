// Package factors adds a second factor of another kind to the service, to show that one needs only this
// file and an entry in the list of second factors.
package factors

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// kindKey is the kind of the second factor of this test.
const kindKey domain.FactorKind = "key"

// maxKeys is how many keys an account may have.
const maxKeys = 2

// keys is a second factor like a passkey: an account may have several, each has a public name that
// is unique in the org, and every answer belongs to a challenge that is good for one answer. A right
// answer is the name of the key and the challenge, with a colon in between.
type keys struct {
	mutex      sync.Mutex
	challenges map[string]string // holder by challenge
}

var _ port.SecondFactor = (*keys)(nil)

// Kind implements port.SecondFactor.
func (*keys) Kind() domain.FactorKind { return kindKey }

// AMR implements port.SecondFactor.
func (*keys) AMR() domain.AMR { return domain.AMRPossession }

// Available implements port.SecondFactor.
func (*keys) Available() error { return nil }

// Admits implements port.SecondFactor.
func (*keys) Admits(enrolled domain.Factors) error {
	held := 0
	for _, factor := range enrolled {
		if factor.Kind == kindKey {
			held++
		}
	}
	if held >= maxKeys {
		return domain.ErrAlreadyEnrolled
	}
	return nil
}

// Begin implements port.SecondFactor. The challenge is stored with the pending key.
func (*keys) Begin(holder port.Holder) (domain.Authenticator, error) {
	for _, a := range holder.Held {
		if a.Kind == kindKey && a.BegunBy(holder.By, holder.Now) {
			return a, nil
		}
	}
	pending := domain.Authenticator{
		ID: domain.AuthenticatorID(uuid.NewString()), User: holder.User.ID, Kind: kindKey, Data: rand.Text(),
	}
	pending.Begin(holder.By, holder.Now)
	return pending, nil
}

// Show implements port.SecondFactor.
func (*keys) Show(_ port.Holder, pending domain.Authenticator) (port.Prompt, error) {
	return port.Prompt{"challenge": domain.NewSecret(pending.Data)}, nil
}

// ParseFirst implements port.SecondFactor.
func (k *keys) ParseFirst(answer domain.Secret) (domain.Secret, error) { return k.Parse(answer) }

// Parse implements port.SecondFactor.
func (*keys) Parse(answer domain.Secret) (domain.Secret, error) {
	if !strings.Contains(answer.Reveal(), ":") {
		return domain.Secret{}, domain.Invalid("credential", "must be a key and a challenge")
	}
	return answer, nil
}

// Confirm implements port.SecondFactor. An enrolment belongs to the session that began it.
func (*keys) Confirm(_ context.Context, holder port.Holder, answer domain.Secret) (port.Confirmation, error) {
	name, challenge, _ := strings.Cut(answer.Reveal(), ":")
	for _, pending := range holder.Held {
		if pending.Kind != kindKey || !pending.BegunBy(holder.By, holder.Now) {
			continue
		}
		live := pending
		live.Handle, live.Name, live.Data = name, "Key "+name, ""
		live.Confirm(0, holder.Now)
		return port.Confirmation{Right: challenge == pending.Data, Pending: pending, Live: live}, nil
	}
	return port.Confirmation{}, domain.ErrEnrollmentGone
}

// Challenge implements port.SecondFactor.
func (k *keys) Challenge(_ context.Context, holder port.Holder) (port.Prompt, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	challenge := rand.Text()
	k.challenges[challenge] = holder.By
	return port.Prompt{"challenge": domain.NewSecret(challenge)}, nil
}

// Verify implements port.SecondFactor. It uses up the challenge, whether the answer is right or not.
func (k *keys) Verify(_ context.Context, holder port.Holder, answer domain.Secret) (port.Verification, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	name, challenge, _ := strings.Cut(answer.Reveal(), ":")
	by := k.challenges[challenge]
	delete(k.challenges, challenge)
	if by != holder.By {
		return port.Verification{}, nil
	}
	for _, a := range holder.Held {
		if a.Kind == kindKey && a.Live() && a.Handle == name {
			return port.Verification{Right: true, Authenticator: a.ID}, nil
		}
	}
	return port.Verification{}, nil
}
