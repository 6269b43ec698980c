package proof

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Begin starts to enrol a factor of the kind, or goes on with an enrolment that the same session or
// sign-in began, as the factor decides. It returns what the client needs to answer it. stored runs in the
// unit of work that stores a new one.
func (f Factors) Begin(
	ctx context.Context, kind domain.FactorKind, holder port.Holder, stored func(port.OrgTx) error,
) (port.Prompt, error) {
	factor, err := f.of(kind)
	if err != nil {
		return nil, err
	}
	var pending domain.Authenticator
	err = f.Store.InOrg(ctx, holder.Org.ID, func(tx port.OrgTx) (err error) {
		if holder.Held, err = LockHeld(ctx, tx, holder.User.ID); err != nil {
			return err
		}
		if err := factor.Admits(domain.NewFactors(holder.Held)); err != nil {
			return err
		}
		if pending, err = factor.Begin(holder); err != nil || slices.Contains(holder.Held, pending) {
			return err
		}
		if err := tx.Authenticators().SavePending(ctx, pending); err != nil {
			return err
		}
		return stored(tx)
	})
	if err != nil {
		return nil, err
	}
	return factor.Show(holder, pending)
}

// LockHeld locks the account and returns its authenticators: of parallel changes the second sees the first.
func LockHeld(ctx context.Context, tx port.OrgTx, user domain.UserID) ([]domain.Authenticator, error) {
	if _, err := tx.Users().Lock(ctx, user); err != nil {
		return nil, err
	}
	return tx.Authenticators().Of(ctx, user)
}

// FirstAnswer is what a client sends to finish an enrolment: the first answer to a factor of the kind, and the
// name that the owner gives the authenticator.
type FirstAnswer struct {
	Kind      domain.FactorKind
	Text      domain.Secret
	Name      string // empty: the name of the browser, for a passkey
	UserAgent string
}

// ParseFirst returns the first answer in canonical form, and the name that it gives the authenticator. It returns
// CodeInvalid for text that cannot be an answer and for a name that cannot be used. Call it before the guess is
// counted.
func (f Factors) ParseFirst(answer FirstAnswer) (FirstAnswer, error) {
	factor, err := f.of(answer.Kind)
	if err != nil {
		return answer, err
	}
	switch {
	case answer.Name != "":
		if answer.Name, err = domain.ParseAuthenticatorName(answer.Name); err != nil {
			return answer, err
		}
	case answer.Kind == domain.FactorPasskey:
		answer.Name = f.BrowserName(answer.UserAgent)
	}
	answer.Text, err = factor.ParseFirst(answer.Text)
	return answer, err
}

// Enrollment is a first answer that was compared with the pending authenticator.
type Enrollment struct {
	port.Confirmation
	AMR     domain.AMR
	factor  port.SecondFactor
	factors Factors
	holder  port.Holder
	refusal error
}

// Confirm compares the first answer, in canonical form, with the pending authenticator. It stores nothing.
// The answer of an authenticator that is registered in the org already is wrong. It returns CodeConflict when
// the account may have no more of the kind, or no enrolment waits for an answer.
func (f Factors) Confirm(ctx context.Context, holder port.Holder, answer FirstAnswer) (Enrollment, error) {
	factor, err := f.of(answer.Kind)
	if err != nil {
		return Enrollment{}, err
	}
	if err := factor.Admits(domain.NewFactors(holder.Held)); err != nil {
		return Enrollment{}, err
	}
	e := Enrollment{AMR: factor.AMR(), factor: factor, factors: f, holder: holder, refusal: wrongAnswer(answer.Kind)}
	if e.Confirmation, err = factor.Confirm(ctx, holder, answer.Text); err != nil {
		return e, err
	}
	if e.Live.Handle != "" {
		if err := e.refuseTaken(ctx); err != nil {
			return e, err
		}
	}
	if answer.Name != "" {
		e.Live.Name = answer.Name
	}
	return e, nil
}

// refuseTaken makes a right answer wrong if the org has an authenticator with the same handle. Of parallel
// registrations of one handle, the store refuses all but one.
func (e *Enrollment) refuseTaken(ctx context.Context) error {
	var taken domain.Authenticator
	err := e.factors.Store.ReadOrg(ctx, e.holder.Org.ID, func(tx port.OrgTx) (err error) {
		taken, err = tx.Authenticators().ByHandle(ctx, e.Live.Kind, e.Live.Handle)
		return err
	})
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	e.Right, e.Reason = false, "the enrolment was completed by another request"
	if taken.ID != e.Pending.ID {
		e.Spent, e.Reason, e.refusal = true, "the authenticator is registered already", domain.ErrAuthenticatorTaken
	}
	return nil
}

// Settle makes the authenticator live if its answer is right. Otherwise it returns the result of a wrong answer, whose
// audit event has the name refused. It sends the owner an email about a new authenticator. It returns an error when
// the account may have no more of the kind: parallel enrolments wait for each other.
//
// With the account's first factor it creates recovery codes, and ends the account's sessions without a second factor,
// except keep.
func (e Enrollment) Settle(
	ctx context.Context, tx port.OrgTx, keep domain.SessionID, refused domain.EventName, actor domain.Actor,
) (enrolled Enrolled, wrong *WrongGuess, err error) {
	right := e.Right
	if right {
		enrolled, right, err = e.store(ctx, tx, keep, actor.Origin)
	}
	if err == nil && !right {
		wrong, err = e.refuse(ctx, tx, refused, actor)
	}
	return enrolled, wrong, err
}

// refuse returns the result of a wrong first answer, with the reason in its audit event. If the answer ends the
// enrolment, the pending authenticator is removed.
func (e Enrollment) refuse(ctx context.Context, tx port.OrgTx, name domain.EventName, actor domain.Actor) (*WrongGuess, error) {
	if e.Spent {
		if err := e.remove(ctx, tx); err != nil {
			return nil, err
		}
	}
	event := Refused(name, actor, cmp.Or(e.Reason, "wrong code at enrolment"))
	return &WrongGuess{Refusal: e.refusal, Event: event.Stamp(e.factors.NewID(), e.holder.Now)}, nil
}

// remove removes the pending authenticator, unless another request has made it live.
func (e Enrollment) remove(ctx context.Context, tx port.OrgTx) error {
	held, err := LockHeld(ctx, tx, e.holder.User.ID)
	if err != nil || !slices.Contains(held, e.Pending) {
		return err
	}
	return tx.Authenticators().Remove(ctx, e.Pending.User, e.Pending.ID)
}

// Enrolled is an account after an enrolment: its factors, and the recovery codes that came with its
// first one, to be shown once.
type Enrolled struct {
	Factors       domain.Factors
	RecoveryCodes []domain.Secret
}

// store makes the authenticator live. It reports false, and stores nothing, if another request has completed or
// replaced the enrolment since it was read.
func (e Enrollment) store(
	ctx context.Context, tx port.OrgTx, keep domain.SessionID, origin domain.Origin,
) (enrolled Enrolled, right bool, err error) {
	user, now := e.holder.User, e.holder.Now
	held, err := LockHeld(ctx, tx, user.ID)
	if err != nil {
		return enrolled, false, err
	}
	before := domain.NewFactors(held)
	if err := e.factor.Admits(before); err != nil {
		return enrolled, false, err
	}
	if err := tx.Authenticators().Confirm(ctx, e.Live, e.Pending); err != nil {
		return enrolled, false, unless(err, domain.ErrAlreadyEnrolled)
	}
	if held, err = tx.Authenticators().Of(ctx, user.ID); err != nil {
		return enrolled, false, err
	}
	enrolled.Factors = domain.NewFactors(held)
	if !before.Enrolled() {
		if enrolled.RecoveryCodes, err = e.factors.ReplaceRecoveryCodes(ctx, tx, e.holder.Org.ID, user.ID); err != nil {
			return enrolled, false, err
		}
		if err := EndSessionsWithoutFactor(ctx, tx, user.ID, keep, now); err != nil {
			return enrolled, false, err
		}
	}
	return enrolled, true, e.notify(ctx, tx, origin)
}

// Details says in an audit event what was enrolled.
func (e Enrollment) Details() domain.Details {
	details := domain.Details{"kind": string(e.Live.Kind)}
	if e.Live.Name != "" {
		details["name"] = e.Live.Name
	}
	return details
}

// notify sends the owner an email about the new authenticator.
func (e Enrollment) notify(ctx context.Context, tx port.OrgTx, origin domain.Origin) error {
	user, now := e.holder.User, e.holder.Now
	if e.Live.Kind == domain.FactorPasskey {
		return PasskeyChange{Kind: domain.EmailPasskeyAdded, User: user, Name: e.Live.Name, Origin: origin, At: now}.Notify(ctx, tx)
	}
	return MFAChange{User: user, Change: "an authenticator app was enrolled", Origin: origin, At: now}.Notify(ctx, tx)
}

// unless returns err, or nil if it is expected.
func unless(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

// ReplaceRecoveryCodes voids the account's recovery codes and returns new ones, to be shown once.
func (f Factors) ReplaceRecoveryCodes(ctx context.Context, tx port.OrgTx, org domain.OrgID, user domain.UserID) ([]domain.Secret, error) {
	codes, hashed := make([]domain.Secret, domain.RecoveryCodeCount), make([]domain.RecoveryCode, domain.RecoveryCodeCount)
	for i := range codes {
		codes[i] = f.Recovery.New()
		hashed[i] = domain.RecoveryCode{User: user, Hash: f.Recovery.Hash(codes[i], org, user)}
	}
	return codes, tx.RecoveryCodes().Replace(ctx, user, hashed)
}

// MFAChange is a change of an account's second factors, which its owner gets an email about.
type MFAChange struct {
	User   domain.User
	Change string
	Origin domain.Origin
	At     time.Time
}

// Notify sends the owner an email about the change.
func (c MFAChange) Notify(ctx context.Context, tx port.OrgTx) error {
	return tx.Emails().Send(ctx, domain.EmailMessage{
		Kind: domain.EmailMFAChanged, To: c.User.Email, At: c.At, Origin: c.Origin, Details: map[string]string{"change": c.Change},
	})
}
