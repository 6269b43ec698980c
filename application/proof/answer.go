package proof

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Answer is what a client sends to show a second factor: the answer to a factor of one kind, or a
// recovery code in its place.
type Answer struct {
	Kind         domain.FactorKind
	Text         domain.Secret
	RecoveryCode domain.Secret
}

// Parse returns the answer in canonical form. It returns CodeInvalid when both or neither are sent
// and for text that cannot be an answer. Call it before the guess is counted.
func (f Factors) Parse(answer Answer) (parsed Answer, err error) {
	switch {
	case answer.Text.IsZero() == answer.RecoveryCode.IsZero():
		return parsed, domain.Invalid("code", "send either code or recovery_code")
	case answer.Text.IsZero():
		parsed.RecoveryCode, err = domain.ParseRecoveryCode(answer.RecoveryCode)
		return parsed, err
	}
	factor, err := f.of(answer.Kind)
	if err != nil {
		return parsed, err
	}
	parsed.Kind = answer.Kind
	parsed.Text, err = factor.Parse(answer.Text)
	return parsed, err
}

// Proof is an answer that was compared with what is stored: the method, and whether it is right.
type Proof struct {
	Right    bool
	AMR      domain.AMR
	kind     domain.FactorKind // empty for a recovery code
	reason   string            // why it is wrong, for the audit log; may be empty
	factors  Factors
	use      domain.AuthenticatorUse
	recovery domain.TokenHash // of a recovery code
}

// Verify compares a parsed answer with what is stored. It uses nothing up.
func (f Factors) Verify(ctx context.Context, holder port.Holder, answer Answer) (Proof, error) {
	if !answer.RecoveryCode.IsZero() {
		return f.verifyRecoveryCode(ctx, holder, answer.RecoveryCode)
	}
	factor, err := f.of(answer.Kind)
	if err != nil {
		return Proof{}, err
	}
	shown, err := factor.Verify(ctx, holder, answer.Text)
	return f.proof(factor, holder, shown), err
}

// VerifyAlone compares an answer by which the holder signs in without a password. It uses nothing up.
func (f Factors) VerifyAlone(first port.FirstFactor, holder port.Holder, answer port.FirstAnswer) (Proof, error) {
	holder.Alone = true
	shown, err := answer.Verify(holder)
	return f.proof(first, holder, shown), err
}

func (f Factors) proof(factor port.SecondFactor, holder port.Holder, shown port.Verification) Proof {
	use := domain.AuthenticatorUse{
		User: holder.User.ID, ID: shown.Authenticator, Counter: shown.Counter, Data: shown.Data, At: holder.Now,
	}
	return Proof{Right: shown.Right, AMR: factor.AMR(), kind: factor.Kind(), reason: shown.Reason, factors: f, use: use}
}

// Refusal is the error for the sender of a wrong answer.
func (p Proof) Refusal() error { return wrongAnswer(p.kind) }

func wrongAnswer(kind domain.FactorKind) error {
	if kind == domain.FactorPasskey {
		return domain.ErrWrongPasskey
	}
	return domain.ErrInvalidCode
}

// Reason says why the answer is wrong, for the audit log.
func (p Proof) Reason() string { return cmp.Or(p.reason, "wrong or used code") }

func (f Factors) verifyRecoveryCode(ctx context.Context, holder port.Holder, code domain.Secret) (Proof, error) {
	user := holder.User.ID
	p := Proof{
		AMR: domain.AMRRecoveryCode, use: domain.AuthenticatorUse{User: user, At: holder.Now},
		recovery: f.Recovery.Hash(code, holder.Org.ID, user),
	}
	err := f.Store.ReadOrg(ctx, holder.Org.ID, func(tx port.OrgTx) (err error) {
		p.Right, err = tx.RecoveryCodes().Unused(ctx, user, p.recovery)
		return err
	})
	return p, err
}

// Use marks a right answer as used by one conditional update and reports whether it still was right: of
// parallel uses of the same answer one succeeds. It sends the owner an email about a used recovery code, and about
// a passkey whose counter did not rise, which it also audits.
func (p *Proof) Use(ctx context.Context, tx port.OrgTx, user domain.User, origin domain.Origin) (right bool, err error) {
	if !p.Right {
		return false, nil
	}
	if p.recovery == "" {
		right, err = p.used(tx.Authenticators().Use(ctx, p.use))
		if err == nil && !right && p.kind == domain.FactorPasskey {
			err = p.refuseCounter(ctx, tx, user, origin)
		}
		return right, err
	}
	right, err = p.used(tx.RecoveryCodes().Use(ctx, user.ID, p.recovery, p.use.At))
	if err != nil || !right {
		return false, err
	}
	return true, tx.Emails().Send(ctx, domain.EmailMessage{Kind: domain.EmailRecoveryCodeUsed, To: user.Email, At: p.use.At, Origin: origin})
}

// refuseCounter records that the counter of a passkey did not rise, so that the passkey may have been copied
// (WebAuthn Level 3, section 6.1.1). It records nothing if the passkey was removed since it was read.
func (p *Proof) refuseCounter(ctx context.Context, tx port.OrgTx, user domain.User, origin domain.Origin) error {
	p.reason = "the passkey was removed"
	held, err := tx.Authenticators().Of(ctx, user.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(held, func(a domain.Authenticator) bool { return a.ID == p.use.ID && a.Live() })
	if at < 0 {
		return nil
	}
	p.reason = "the counter of the passkey did not rise"
	change := PasskeyChange{
		Kind: domain.EmailPasskeyCounterRefused, User: user, Name: held[at].Name, Origin: origin, At: p.use.At,
	}
	if err := change.Notify(ctx, tx); err != nil {
		return err
	}
	details := domain.Details{
		"stored": strconv.FormatInt(held[at].Counter, 10), "received": strconv.FormatInt(p.use.Counter, 10),
	}
	event := domain.Actor{User: user.ID, Origin: origin}.Failed(domain.EventPasskeyCounterRefused, domain.OnPasskey(p.use.ID), details)
	return tx.Audit().Append(ctx, event.Stamp(p.factors.NewID(), p.use.At))
}

// used returns a wrong answer instead of an error when the answer was used in the meantime.
func (Proof) used(err error) (right bool, _ error) {
	if errors.Is(err, domain.ErrInvalidCode) {
		return false, nil
	}
	return err == nil, err
}
