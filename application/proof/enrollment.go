package proof

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Enrollment makes authenticators: a pending secret, then its first code, then recovery codes.
type Enrollment struct {
	OneTime  port.OneTimeCodes
	Recovery port.RecoveryCodeMaker
	Secrets  port.SecretBox
}

// Start names the account that enrols, and the session or sign-in that requests it.
type Start struct {
	Org  domain.Org
	User domain.User
	By   string
	Now  time.Time
}

// Begin gives the account a pending secret. When the same session or sign-in began an enrolment
// less than ten minutes ago, Begin returns that secret again, so that a repeated request does not
// invalidate a QR code that was scanned; it does not extend the ten minutes. stored runs in the
// unit that stores a new secret. The issuer that an authenticator app shows is the org's name.
func (e Enrollment) Begin(ctx context.Context, store port.Store, start Start, stored func(port.OrgTx) error) (port.Enrollment, error) {
	made := e.OneTime.New()
	sealed, err := e.Secrets.Seal(made, port.TOTPPlace(start.Org.ID, start.User.ID))
	if err != nil {
		return port.Enrollment{}, err
	}
	var secret domain.Secret
	err = store.InOrg(ctx, start.Org.ID, func(tx port.OrgTx) error {
		if _, err := tx.Users().Lock(ctx, start.User.ID); err != nil { // of parallel starts the second sees the first
			return err
		}
		authenticator, err := tx.Authenticators().Get(ctx, start.User.ID)
		if err != nil {
			return err
		}
		if begun, ok := e.begunBy(start, authenticator); ok {
			secret = begun
			return nil
		}
		secret = made
		if err := authenticator.Begin(sealed, start.By, start.Now); err != nil {
			return err
		}
		if err := tx.Authenticators().SavePending(ctx, authenticator); err != nil {
			return err
		}
		return stored(tx)
	})
	if err != nil {
		return port.Enrollment{}, err
	}
	return e.OneTime.Show(secret, start.Org.Name, string(start.User.Email))
}

// begunBy opens the pending secret if the same session or sign-in requested it. A secret that
// cannot be decrypted any more is treated as missing.
func (e Enrollment) begunBy(start Start, authenticator domain.Authenticator) (domain.Secret, bool) {
	if !authenticator.BegunBy(start.By, start.Now) {
		return domain.Secret{}, false
	}
	secret, err := e.Secrets.Open(authenticator.Pending, port.TOTPPlace(start.Org.ID, start.User.ID))
	return secret, err == nil
}

// FirstCode is a code that was compared with a pending secret.
type FirstCode struct {
	Right         bool
	step          int64
	authenticator domain.Authenticator // as it was when looked at
}

// Look compares the first code, in canonical form, with the pending secret. It returns an error
// when no enrolment waits.
func (e Enrollment) Look(org domain.OrgID, authenticator domain.Authenticator, code domain.Secret, now time.Time) (FirstCode, error) {
	pending, err := authenticator.PendingSecret(now)
	if err != nil {
		return FirstCode{}, err
	}
	secret, err := e.Secrets.Open(pending, port.TOTPPlace(org, authenticator.User))
	if errors.Is(err, domain.ErrSecretUnreadable) {
		return FirstCode{}, domain.ErrEnrollmentGone
	}
	if err != nil {
		return FirstCode{}, err
	}
	first := FirstCode{authenticator: authenticator}
	first.step, first.Right = e.OneTime.Match(secret, code.Reveal(), now)
	return first, nil
}

// NewCodes makes a set of recovery codes.
func (e Enrollment) NewCodes() []domain.Secret {
	codes := make([]domain.Secret, domain.RecoveryCodeCount)
	for i := range codes {
		codes[i] = e.Recovery.New()
	}
	return codes
}

// Confirm makes the secret that was looked at live, unless another took its place, gives
// the account these recovery codes and tells its owner by mail.
func (e Enrollment) Confirm(ctx context.Context, tx port.OrgTx, org domain.OrgID, user domain.User, first FirstCode, codes []domain.Secret, origin domain.Origin, now time.Time) (domain.Authenticator, error) {
	live, pending := first.authenticator, first.authenticator.Pending
	live.Confirm(first.step, now)
	if err := tx.Authenticators().Confirm(ctx, live, pending); err != nil {
		return live, err
	}
	if err := e.ReplaceCodes(ctx, tx, org, user.ID, codes); err != nil {
		return live, err
	}
	return live, TellMFAChanged(ctx, tx, user, "an authenticator was enrolled", origin, now)
}

// ReplaceCodes voids the account's recovery codes and stores these.
func (e Enrollment) ReplaceCodes(ctx context.Context, tx port.OrgTx, org domain.OrgID, user domain.UserID, codes []domain.Secret) error {
	hashed := make([]domain.RecoveryCode, len(codes))
	for i, code := range codes {
		hashed[i] = domain.RecoveryCode{User: user, Hash: e.Recovery.Hash(code, org, user)}
	}
	return tx.RecoveryCodes().Replace(ctx, user, hashed)
}

// TellMFAChanged writes to the owner of an account whose second factor is another now.
func TellMFAChanged(ctx context.Context, tx port.OrgTx, user domain.User, change string, origin domain.Origin, now time.Time) error {
	return tx.Letters().Send(ctx, domain.Letter{
		Kind: domain.LetterMFAChanged, To: user.Email, At: now, Origin: origin, Details: map[string]string{"change": change},
	})
}
