package proof

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Codes looks at the codes of enrolled accounts and uses them up.
type Codes struct {
	Store    port.Store
	OneTime  port.OneTimeCodes
	Recovery port.RecoveryCodeMaker
	Secrets  port.SecretBox
}

// CodeInput carries one of Code and RecoveryCode.
type CodeInput struct {
	Code         domain.Secret
	RecoveryCode domain.Secret
}

// Parse returns the code in canonical form. It returns CodeInvalid when both or neither are sent
// and for text that cannot be a code. Call it before the guess is counted.
func (in CodeInput) Parse() (parsed CodeInput, err error) {
	switch {
	case in.Code.IsZero() == in.RecoveryCode.IsZero():
		return parsed, domain.Invalid("body.code", "send either code or recovery_code")
	case in.Code.IsZero():
		parsed.RecoveryCode, err = domain.ParseRecoveryCode(in.RecoveryCode)
	default:
		parsed.Code, err = domain.ParseOneTimeCode(in.Code)
	}
	return parsed, err
}

// Proof is a code that was looked at: which of the two kinds, and whether it fits.
type Proof struct {
	Right    bool
	AMR      domain.AMR
	step     int64            // of a one-time code
	recovery domain.TokenHash // of a recovery code
}

// Look compares the parsed code with what is known; nothing is used up yet. The authenticator
// comes with its secret.
func (c Codes) Look(ctx context.Context, org domain.OrgID, authenticator domain.Authenticator, in CodeInput, now time.Time) (Proof, error) {
	user := authenticator.User
	if !in.RecoveryCode.IsZero() {
		p := Proof{AMR: domain.AMRRecoveryCode, recovery: c.Recovery.Hash(in.RecoveryCode, org, user)}
		err := c.Store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
			p.Right, err = tx.RecoveryCodes().Unused(ctx, user, p.recovery)
			return err
		})
		return p, err
	}
	if !authenticator.Enrolled() { // reset since the caller was asked for a code
		return Proof{AMR: domain.AMROneTimeCode}, nil
	}
	secret, err := c.Secrets.Open(authenticator.Secret, port.TOTPPlace(org, user))
	if err != nil {
		return Proof{}, err
	}
	p := Proof{AMR: domain.AMROneTimeCode}
	p.step, p.Right = c.OneTime.Match(secret, in.Code.Reveal(), now)
	p.Right = p.Right && p.step > authenticator.LastStep
	return p, nil
}

// Use uses a right code up by one conditional update. Of parallel uses one wins, for the
// others the proof turns out not to be right. A recovery code used is told by mail.
func (p *Proof) Use(ctx context.Context, tx port.OrgTx, user domain.User, origin domain.Origin, now time.Time) error {
	if !p.Right {
		return nil
	}
	err := p.use(ctx, tx, user.ID, now)
	if errors.Is(err, domain.ErrInvalidCode) {
		p.Right = false
		return nil
	}
	if err != nil || p.AMR != domain.AMRRecoveryCode {
		return err
	}
	return tx.Letters().Send(ctx, domain.Letter{Kind: domain.LetterRecoveryCodeUsed, To: user.Email, At: now, Origin: origin})
}

func (p *Proof) use(ctx context.Context, tx port.OrgTx, user domain.UserID, now time.Time) error {
	if p.AMR == domain.AMRRecoveryCode {
		return tx.RecoveryCodes().Use(ctx, user, p.recovery, now)
	}
	return tx.Authenticators().UseStep(ctx, user, p.step)
}
