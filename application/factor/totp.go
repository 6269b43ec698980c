// Package factor holds the second factors that need nothing but ports.
package factor

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// The names of a TOTP prompt.
const (
	TOTPSecret = "secret"      // base32, to type in by hand
	TOTPURI    = "otpauth_uri" // for authenticator apps
	TOTPQR     = "qr_svg"      // the URI as an SVG image
)

// TOTP is the one-time code of an authenticator app (RFC 6238). An account has at most one, whose id
// is the account's own, so that the store refuses a second one.
type TOTP struct {
	Codes   port.OneTimeCodes
	Secrets port.SecretBox
}

var _ port.SecondFactor = TOTP{}

// Kind implements port.SecondFactor.
func (TOTP) Kind() domain.FactorKind { return domain.FactorTOTP }

// AMR implements port.SecondFactor.
func (TOTP) AMR() domain.AMR { return domain.AMROneTimeCode }

// Available implements port.SecondFactor.
func (TOTP) Available() error { return nil }

// Admits refuses a second TOTP authenticator.
func (TOTP) Admits(enrolled domain.Factors) error {
	if enrolled.Has(domain.FactorTOTP) {
		return domain.ErrAlreadyEnrolled
	}
	return nil
}

// Begin makes a secret. When the same session or sign-in began an enrolment less than ten minutes
// ago, Begin returns that one, so that a repeated request does not invalidate a QR code that was
// scanned; it does not extend the ten minutes. A secret that cannot be decrypted any more is replaced.
func (f TOTP) Begin(holder port.Holder) (domain.Authenticator, error) {
	for _, a := range holder.Held {
		if a.Kind != domain.FactorTOTP || !a.BegunBy(holder.By, holder.Now) {
			continue
		}
		if _, err := f.open(holder, a); err == nil {
			return a, nil
		}
	}
	sealed, err := f.Secrets.Seal(f.Codes.New(), f.place(holder))
	if err != nil {
		return domain.Authenticator{}, err
	}
	pending := domain.Authenticator{
		ID: domain.AuthenticatorID(holder.User.ID), User: holder.User.ID, Kind: domain.FactorTOTP, Secret: sealed,
	}
	pending.Begin(holder.By, holder.Now)
	return pending, nil
}

// Show returns the secret, its URI and its QR code. The issuer that an authenticator app shows is
// the org's name.
func (f TOTP) Show(holder port.Holder, pending domain.Authenticator) (port.Prompt, error) {
	secret, err := f.open(holder, pending)
	if err != nil {
		return nil, err
	}
	shown, err := f.Codes.Show(secret, holder.Org.Name, string(holder.User.Email))
	return port.Prompt{TOTPSecret: shown.Secret, TOTPURI: shown.URI, TOTPQR: shown.QR}, err
}

// ParseFirst implements port.SecondFactor.
func (f TOTP) ParseFirst(answer domain.Secret) (domain.Secret, error) { return f.Parse(answer) }

// Parse implements port.SecondFactor.
func (TOTP) Parse(answer domain.Secret) (domain.Secret, error) {
	return domain.ParseOneTimeCode(answer)
}

// Confirm compares the first code with the pending secret. A secret that cannot be decrypted counts
// as missing: the enrolment has to begin again.
func (f TOTP) Confirm(_ context.Context, holder port.Holder, answer domain.Secret) (port.Confirmation, error) {
	for _, pending := range holder.Held {
		if pending.Kind != domain.FactorTOTP || !pending.Waiting(holder.Now) {
			continue
		}
		secret, err := f.open(holder, pending)
		if errors.Is(err, domain.ErrSecretUnreadable) {
			break
		}
		if err != nil {
			return port.Confirmation{}, err
		}
		step, right := f.Codes.Match(secret, answer.Reveal(), holder.Now)
		live := pending
		live.Confirm(step, holder.Now)
		return port.Confirmation{Right: right, Pending: pending, Live: live}, nil
	}
	return port.Confirmation{}, domain.ErrEnrollmentGone
}

// Challenge returns an empty prompt: the authenticator app shows a code at any time.
func (TOTP) Challenge(context.Context, port.Holder) (port.Prompt, error) { return port.Prompt{}, nil }

// Verify compares a code with the live secret. A code of a time step that was used, or of an older
// one, is wrong (RFC 6238 section 5.2).
func (f TOTP) Verify(_ context.Context, holder port.Holder, answer domain.Secret) (port.Verification, error) {
	for _, a := range holder.Held {
		if a.Kind != domain.FactorTOTP || !a.Live() {
			continue
		}
		secret, err := f.open(holder, a)
		if err != nil {
			return port.Verification{}, err
		}
		step, right := f.Codes.Match(secret, answer.Reveal(), holder.Now)
		return port.Verification{Right: right && step > a.Counter, Authenticator: a.ID, Counter: step}, nil
	}
	return port.Verification{}, nil
}

func (f TOTP) open(holder port.Holder, a domain.Authenticator) (domain.Secret, error) {
	return f.Secrets.Open(a.Secret, f.place(holder))
}

func (TOTP) place(holder port.Holder) port.Place {
	return port.FactorPlace(domain.FactorTOTP, holder.Org.ID, holder.User.ID)
}
