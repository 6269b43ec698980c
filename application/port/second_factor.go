package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// SecondFactor is one kind of second factor: how it is enrolled, challenged and verified. It stores nothing about an
// account itself: its methods take the account's authenticators and return what has to be stored. The use cases count
// guesses, ask the policy, use up answers and write audit events.
//
// An enrolment calls Begin, Show and Confirm. A sign-in or a step-up calls Challenge, if the client needs one, and Verify.
type SecondFactor interface {
	// Kind returns the name under which authenticators of this kind are stored.
	Kind() domain.FactorKind
	// AMR returns the method that a session has proven after a right answer.
	AMR() domain.AMR
	// Available returns an error if this deployment cannot use the kind. The methods below must then not be called.
	Available() error

	// Admits returns domain.CodeConflict if an account with these factors may not enrol one more of the kind.
	Admits(enrolled domain.Factors) error
	// Begin returns the pending authenticator of an enrolment: one that the holder has already, to continue with it, or a
	// new one. A new one replaces a pending one with the same id.
	Begin(holder Holder) (domain.Authenticator, error)
	// Show returns what a client needs to answer a pending authenticator.
	Show(holder Holder, pending domain.Authenticator) (Prompt, error)
	// ParseFirst returns a first answer in canonical form. It returns domain.CodeInvalid for text that cannot be one, which
	// is not counted as a guess.
	ParseFirst(answer domain.Secret) (domain.Secret, error)
	// Confirm compares the first answer, in canonical form, with the pending authenticator. If no enrolment waits for an
	// answer it must return domain.ErrEnrollmentGone, or a Confirmation that is not right, which counts as a guess.
	Confirm(ctx context.Context, holder Holder, answer domain.Secret) (Confirmation, error)
	// Parse returns the answer to a live authenticator in canonical form, as ParseFirst does for a first one.
	Parse(answer domain.Secret) (domain.Secret, error)
	// Challenge returns what a client needs to answer a live authenticator; empty if it needs nothing. Each challenge must
	// be valid for one answer by the same session or sign-in.
	Challenge(ctx context.Context, holder Holder) (Prompt, error)
	// Verify compares an answer, in canonical form, with the live authenticators of the holder. No answer is right for an
	// account without one of the kind. It returns domain.ErrSecretUnreadable if a secret cannot be decrypted.
	Verify(ctx context.Context, holder Holder, answer domain.Secret) (Verification, error)
}

// FirstFactor is a SecondFactor that can also sign in without a password. Challenge is then called with a Holder that is
// Alone. The prompt of such a Challenge must not depend on any account.
type FirstFactor interface {
	SecondFactor
	// Take reads an answer and uses up the challenge of the org that it answers, whether or not the answer is right. It
	// returns domain.CodeInvalid for text that cannot be an answer, which uses nothing up.
	Take(ctx context.Context, org domain.OrgID, answer domain.Secret) (FirstAnswer, error)
}

// FirstAnswer is an answer whose challenge is used up.
type FirstAnswer interface {
	// Handle returns the handle of the authenticator that the answer says it is from.
	Handle() string
	// Verify compares the answer with the authenticators of a holder who is Alone, of which only the one with the handle
	// matters. It is quick and needs neither a network nor a store, so that it can run in a unit of work.
	Verify(holder Holder) (Verification, error)
}

// Holder is an account that enrols or shows a second factor.
type Holder struct {
	Org   domain.Org
	User  domain.User
	By    string                 // the session or sign-in; for a step-up the session and the action
	Held  []domain.Authenticator // every authenticator of the account, of all kinds, pending or live
	Now   time.Time
	Alone bool // no password was proven: the factor must also verify the person; Challenge does not know the User
}

// Prompt is what a client needs to answer a factor, by its names in the API.
type Prompt map[string]domain.Secret

// Confirmation is the result of a first answer. If it is right, Live is to be stored in place of Pending, which is as it
// was read.
type Confirmation struct {
	Right         bool
	Pending, Live domain.Authenticator
	Spent         bool   // a wrong answer ends the enrolment: Pending is to be removed
	Reason        string // why the answer is wrong, for the audit log; may be empty
}

// Verification is the result of an answer. If it is right, Counter is to be stored as used by Authenticators.Use.
type Verification struct {
	Right         bool
	Authenticator domain.AuthenticatorID
	Counter       int64
	Data          string // the new Data of the authenticator; empty: unchanged
	Reason        string // why the answer is wrong, for the audit log; may be empty
}
