package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Flow is the part that every step of a sign-in shares: picking up a challenge, asking
// the policy what is owed next, and opening the session or the next challenge.
type Flow struct {
	Store           port.Store
	Challenges      port.Challenges
	ChallengeTokens port.OpaqueTokens
	DeviceTokens    port.DeviceTokens
	DeviceGrace     time.Duration // within it a rotated device token gets the same successor again; 0 disables this
	Guesses         proof.Guesses
	Wrong           proof.WrongTokens
	Issuer          Issuer
	Clock           port.Clock
	NewID           port.NewID
	BrowserName     port.BrowserName
}

// step is what one use case has proven, on its way to a verdict.
type step struct {
	account
	visitor     domain.Visitor
	proven      []domain.AMR
	deviceToken domain.Secret   // presented, perhaps
	deviceDays  string          // how old the remembered device was that excused from the code
	known       domain.DeviceID // whose token proved itself before any guess was looked at
	remember    bool
	now         time.Time

	verdict   domain.SignInVerdict // set by advance
	why       domain.Decision
	presented port.DeviceToken // of the device that is judged
	repeated  []byte           // its sealed successor, when it was rotated within the grace

	session domain.Session
	refresh domain.RefreshToken
	device  domain.Secret // to hand out
}

// resume picks up the challenge behind token when it waits for owed.
func (f Flow) resume(ctx context.Context, visitor domain.Visitor, token domain.Secret, owed domain.SignInOutcome) (domain.OpaqueToken, domain.Challenge, error) {
	parsed, err := f.ChallengeTokens.Parse(token)
	if err != nil {
		return parsed, domain.Challenge{}, f.Wrong.Refuse(ctx, visitor.Origin, proof.ChallengeToken, domain.ErrChallengeGone)
	}
	if !visitor.Admits(parsed.Org) {
		return parsed, domain.Challenge{}, domain.ErrOrgMismatch
	}
	challenge, err := f.Challenges.Get(ctx, parsed.Org, parsed.Hash)
	switch {
	case errors.Is(err, domain.ErrChallengeGone), err == nil && challenge.Org != parsed.Org:
		return parsed, challenge, f.Wrong.Refuse(ctx, visitor.Origin, proof.ChallengeToken, domain.ErrChallengeGone)
	case err != nil:
		return parsed, challenge, err
	case challenge.Owed != owed:
		return parsed, challenge, stepMismatch(challenge.Owed)
	}
	return parsed, challenge, nil
}

// stepMismatch tells a client which step its sign-in waits for.
func stepMismatch(owed domain.SignInOutcome) error {
	return &domain.Error{Code: domain.CodeConflict, Message: "This sign-in waits for another step: " + string(owed) + "."}
}

// challenged loads the account of a challenge that is still good for it.
func (f Flow) challenged(ctx context.Context, tx port.OrgTx, challenge domain.Challenge) (account, error) {
	a, err := loadAccount(ctx, tx, challenge.User)
	if errors.Is(err, domain.ErrNotFound) || err == nil && !challenge.Admits(challenge.Owed, a.user, a.authenticator, f.Clock()) {
		err = domain.ErrChallengeGone
	}
	if err != nil {
		return account{}, err
	}
	return a, a.standing()
}

// reserveCode asks to look at one code of the challenged account.
func (f Flow) reserveCode(ctx context.Context, visitor domain.Visitor, challenge domain.Challenge) (known account, guessed proof.Guess, err error) {
	guessed, err = f.Guesses.Reserve(ctx, visitor.Origin, challenge.Org, func(tx port.OrgTx) (_ proof.Guess, err error) {
		known, err = f.challenged(ctx, tx, challenge)
		return proof.CodeAtSignIn(known.user, challenge.Device), err
	})
	return known, guessed, err
}

// advance asks what is owed now. If nothing is, it opens the session in this unit.
func (f Flow) advance(ctx context.Context, tx port.OrgTx, s *step) error {
	if err := s.standing(); err != nil {
		return err
	}
	policy := s.settings.Policy(f.Issuer.Limits)
	verdict, device, err := f.device(ctx, tx, s, policy)
	if err != nil {
		return err
	}
	facts := s.facts(s.proven, verdict)
	s.verdict, s.why = domain.DecideSignIn(policy, facts), s.decision(policy, facts)
	if verdict == domain.DeviceExcuses && s.authenticator.Enrolled() {
		if err := f.useDevice(ctx, tx, s, device); err != nil {
			return err
		}
	}
	if s.verdict.Outcome != domain.SignInAuthenticated {
		return f.record(ctx, tx, s, domain.EventSignInChallenged)
	}
	if s.remember && policy.RemembersDevices() && !slices.Contains(s.proven, domain.AMRRecoveryCode) {
		if err := f.rememberDevice(ctx, tx, s, policy); err != nil {
			return err
		}
	}
	if err := tx.Users().SignedIn(ctx, s.user.ID, s.now); err != nil {
		return err
	}
	s.session, s.refresh = f.Issuer.open(s.visitor, s.org.ID, s.user.ID, s.proven, s.now)
	if err := tx.Sessions().Insert(ctx, s.session); err != nil {
		return err
	}
	return f.record(ctx, tx, s, domain.EventSignedIn)
}

// finish turns the verdict, now a fact, into what the client holds.
func (f Flow) finish(ctx context.Context, s *step) (LoginResult, error) {
	result := LoginResult{Outcome: s.verdict.Outcome, DeviceToken: s.device}
	if s.verdict.Outcome == domain.SignInAuthenticated {
		tokens, err := f.Issuer.tokens(s.org.ID, s.session, s.refresh, s.now)
		result.Tokens = tokens
		return result, err
	}
	token, err := put(ctx, f.Challenges, f.ChallengeTokens, s.org.ID, domain.Challenge{
		Org: s.org.ID, User: s.user.ID, Owed: s.verdict.Outcome, Proven: s.proven, Device: s.known,
		PasswordChangedAt: s.user.PasswordChangedAt, EnrolledAt: s.authenticator.EnrolledAt, LastSuspendedAt: s.user.LastSuspendedAt,
		ExpiresAt: s.now.Add(domain.ChallengeTTL),
	}, domain.ChallengeTTL)
	result.Why = &s.why
	result.Challenge = &IssuedChallenge{
		Token: token.Secret, ExpiresIn: domain.ChallengeTTL, Methods: methods(s.verdict.Outcome),
		RememberDeviceDays: s.settings.RememberDeviceDays,
	}
	return result, err
}

// record writes the one audit event of the step.
func (f Flow) record(ctx context.Context, tx port.OrgTx, s *step, name domain.EventName) error {
	proven := make([]string, len(s.proven))
	for i, amr := range s.proven {
		proven[i] = string(amr)
	}
	event := domain.AuditEvent{
		ID: domain.EventID(f.NewID()), At: s.now, Name: name, Outcome: domain.OutcomeSuccess, Actor: s.user.ID,
		ResourceType: "account", ResourceID: string(s.user.ID), Origin: s.visitor.Origin,
		Details: map[string]string{"amr": strings.Join(proven, " "), "outcome": string(s.verdict.Outcome)},
	}
	if s.deviceDays != "" {
		event.Details["device_days"] = s.deviceDays
	}
	if s.session.ID != "" {
		event.ResourceType, event.ResourceID = "session", string(s.session.ID)
	}
	return tx.Audit().Append(ctx, event)
}
