package auth

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// StartPasskeySignIn begins a sign-in by a passkey alone.
type StartPasskeySignIn struct {
	Flow    Flow
	Passkey port.FirstFactor
}

// PasskeySignIn is what a client needs to sign in by a passkey alone.
type PasskeySignIn struct {
	ChallengeToken domain.Secret
	ExpiresIn      time.Duration
	Prompt         port.Prompt
}

// Execute returns a prompt that does not depend on any account, and the token to send with its answer. Both are for
// one sign-in. It returns ErrNoPasskeys where passkeys cannot be used.
func (uc StartPasskeySignIn) Execute(ctx context.Context, visitor domain.Visitor) (PasskeySignIn, error) {
	token := uc.Flow.ChallengeTokens.New(visitor.Org)
	holder := port.Holder{Org: domain.Org{ID: visitor.Org}, By: string(token.Hash), Now: uc.Flow.Clock(), Alone: true}
	prompt, err := uc.Flow.Factors.Challenge(ctx, uc.Passkey.Kind(), holder)
	if err != nil {
		return PasskeySignIn{}, err
	}
	return PasskeySignIn{ChallengeToken: token.Secret, ExpiresIn: domain.CeremonyTTL, Prompt: prompt}, nil
}
