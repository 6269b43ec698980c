package domain

import "time"

// FreshSignInAge is how long after its authentication a session counts as a fresh sign-in.
const FreshSignInAge = 5 * time.Minute

// FreshProof is a proof that the owner of the account is present, and not only somebody who has its access
// token.
type FreshProof string

// The proofs of a fresh sign-in.
const (
	FreshByStepUp   FreshProof = "step_up"
	FreshByPassword FreshProof = "password"
	FreshBySession  FreshProof = "session"
	FreshMissing    FreshProof = "missing"
)

// FreshSignInFacts are the facts about a request that requires a fresh sign-in.
type FreshSignInFacts struct {
	Action       Action
	Enrolled     bool
	AuthTime     time.Time // of the session
	PasswordSent bool      // whether it is right is checked separately
	StepUpSent   bool
}

// DecideFreshSignIn returns the proof to check, or FreshMissing when the request has none. When
// the org lists the action among its step-up actions, only a step-up is accepted. An account
// without a second factor cannot step up to add its first one: it must send the password,
// however fresh the session is.
func DecideFreshSignIn(p Policy, f FreshSignInFacts, now time.Time) FreshProof {
	listed := p.guards(f.Action)
	switch {
	case listed && (f.Enrolled || f.Action != ActionPasskeyAdd):
		return FreshByStepUp
	case f.PasswordSent:
		return FreshByPassword
	case f.StepUpSent && f.Enrolled:
		return FreshByStepUp
	case !listed && now.Sub(f.AuthTime) <= FreshSignInAge:
		return FreshBySession
	}
	return FreshMissing
}
