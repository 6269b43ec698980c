package factor

import (
	"context"
	"errors"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// PasskeyOptions is the only member of a passkey's prompt: the options for the browser, as JSON.
const PasskeyOptions = "public_key"

// Passkey is a discoverable WebAuthn credential (WebAuthn Level 3). An account may have several. It is a
// second factor, and it can also sign in without a password.
type Passkey struct {
	WebAuthn   port.WebAuthn
	Ceremonies port.Ceremonies
	Records    port.PasskeyRecords
	NewID      port.NewID
	Random     port.RandomBytes
}

var _ port.FirstFactor = Passkey{}

// Kind implements port.SecondFactor.
func (Passkey) Kind() domain.FactorKind { return domain.FactorPasskey }

// AMR implements port.SecondFactor.
func (Passkey) AMR() domain.AMR { return domain.AMRPossession }

// Available implements port.SecondFactor.
func (f Passkey) Available() error { return f.WebAuthn.Available() }

// Admits refuses one passkey more than an account may have.
func (Passkey) Admits(enrolled domain.Factors) error {
	passkeys := 0
	for _, factor := range enrolled {
		if factor.Kind == domain.FactorPasskey {
			passkeys++
		}
	}
	if passkeys >= domain.MaxPasskeys {
		return domain.ErrTooManyPasskeys
	}
	return nil
}

// Parse checks the form of an assertion and returns it unchanged: its signature covers its bytes.
func (f Passkey) Parse(answer domain.Secret) (domain.Secret, error) {
	_, err := f.WebAuthn.ParseAssertion(answer)
	return answer, err
}

// Challenge stores a ceremony that waits for one answer, and returns the options for the browser. For an account
// without a passkey it returns ErrNoPasskeyHeld, unless the holder is Alone.
func (f Passkey) Challenge(ctx context.Context, holder port.Holder) (port.Prompt, error) {
	held, err := f.live(holder)
	if err != nil {
		return nil, err
	}
	if len(held) == 0 && !holder.Alone {
		return nil, domain.ErrNoPasskeyHeld
	}
	request, err := f.begin(ctx, holder)
	if err != nil {
		return nil, err
	}
	request.Allow = held
	options, err := f.WebAuthn.RequestOptions(request)
	return port.Prompt{PasskeyOptions: options}, err
}

// begin stores a ceremony under a new challenge. If the store is unreachable it tries once more, with another challenge:
// the second storage of adapters/fallback takes it. A challenge that is stored in two places could be used twice.
func (f Passkey) begin(ctx context.Context, holder port.Holder) (port.PasskeyRequest, error) {
	ceremony := domain.Ceremony{Org: holder.Org.ID, By: holder.By, User: ceremonyUser(holder), ExpiresAt: holder.Now.Add(domain.CeremonyTTL)}
	request := port.PasskeyRequest{Challenge: f.Random(challengeBytes), VerifiedUser: holder.Alone}
	err := f.Ceremonies.Put(ctx, ceremony.Org, challengeHash(request.Challenge), ceremony, domain.CeremonyTTL)
	if errors.Is(err, domain.ErrUnavailable) {
		request.Challenge = f.Random(challengeBytes)
		err = f.Ceremonies.Put(ctx, ceremony.Org, challengeHash(request.Challenge), ceremony, domain.CeremonyTTL)
	}
	return request, err
}

// ceremonyUser is the account whose passkey must answer; empty if a passkey of any account of the org may.
func ceremonyUser(holder port.Holder) domain.UserID {
	if holder.Alone {
		return ""
	}
	return holder.User.ID
}

// Verify uses up the ceremony of the answer, whether the answer is right or wrong. It does not compare the counter:
// port.Authenticators does when it stores it (WebAuthn Level 3, section 7.2).
func (f Passkey) Verify(ctx context.Context, holder port.Holder, answer domain.Secret) (port.Verification, error) {
	taken, err := f.Take(ctx, holder.Org.ID, answer)
	if err != nil {
		return port.Verification{}, err
	}
	return taken.Verify(holder)
}

// assertion is an answer whose ceremony is used up. It implements port.FirstAnswer.
type assertion struct {
	factor   Passkey
	text     domain.Secret
	said     port.PasskeyAnswer
	ceremony domain.Ceremony
	gone     bool // there was no ceremony
}

// Take implements port.FirstFactor.
func (f Passkey) Take(ctx context.Context, org domain.OrgID, answer domain.Secret) (port.FirstAnswer, error) {
	said, err := f.WebAuthn.ParseAssertion(answer)
	if err != nil {
		return nil, err
	}
	ceremony, err := f.Ceremonies.Take(ctx, org, challengeHash(said.Challenge))
	gone := errors.Is(err, domain.ErrCeremonyGone)
	if err != nil && !gone {
		return nil, err
	}
	return assertion{factor: f, text: answer, said: said, ceremony: ceremony, gone: gone}, nil
}

// Handle implements port.FirstAnswer.
func (a assertion) Handle() string { return a.said.Credential }

// Verify implements port.FirstAnswer, and compares the answers to second factors, too.
func (a assertion) Verify(holder port.Holder) (port.Verification, error) {
	request := port.PasskeyRequest{Challenge: a.said.Challenge, VerifiedUser: holder.Alone}
	var err error
	if request.Allow, err = a.factor.live(holder); err != nil {
		return port.Verification{}, err
	}
	passkey, known := find(request.Allow, a.said.Credential)
	if holder.Alone {
		request.Allow = nil
	}
	verified, err := a.factor.WebAuthn.VerifyAssertion(a.text, passkey, request)
	switch {
	case err != nil && !errors.Is(err, domain.ErrInvalidCode):
		return port.Verification{}, err
	case a.gone:
		return wrong("the passkey request is unknown, has expired or was answered"), nil
	case !a.ceremony.Admits(holder.Org.ID, ceremonyUser(holder), holder.By, holder.Now):
		return wrong("the passkey request is of another account, sign-in, session or action"), nil
	case !known:
		return wrong("the account has no such passkey"), nil
	case err != nil:
		return wrong(err.Error()), nil
	}
	return a.factor.right(holder, passkey, verified)
}

func wrong(reason string) port.Verification { return port.Verification{Reason: reason} }

// right is the result of an assertion that was verified.
func (f Passkey) right(holder port.Holder, before, after port.Passkey) (port.Verification, error) {
	at := slices.IndexFunc(holder.Held, func(a domain.Authenticator) bool { return a.LivePasskey() && a.Handle == after.ID })
	result := port.Verification{Right: true, Authenticator: holder.Held[at].ID, Counter: after.Counter}
	if after.BackedUp == before.BackedUp {
		return result, nil
	}
	var err error
	result.Data, err = f.Records.Encode(after)
	return result, err
}

// live returns the live passkeys of the holder.
func (f Passkey) live(holder port.Holder) (passkeys []port.Passkey, err error) {
	for _, a := range holder.Held {
		if !a.LivePasskey() {
			continue
		}
		passkey, err := f.Records.Decode(a)
		if err != nil {
			return nil, err
		}
		passkeys = append(passkeys, passkey)
	}
	return passkeys, nil
}

// find returns the passkey with the credential id, or else an empty one, whose verification takes as long.
func find(passkeys []port.Passkey, credential string) (passkey port.Passkey, known bool) {
	i := slices.IndexFunc(passkeys, func(p port.Passkey) bool { return p.ID == credential })
	if i < 0 {
		return port.Passkey{}, false
	}
	return passkeys[i], true
}
