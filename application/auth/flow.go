package auth

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Flow is the part that every step of a sign-in shares: resuming the sign-in of a challenge, asking
// the policy what is owed next, and opening the session or the next challenge.
type Flow struct {
	Store           port.Store
	Challenges      port.Challenges
	ChallengeTokens port.OpaqueTokens
	DeviceTokens    port.DeviceTokens
	DeviceGrace     time.Duration // within it a rotated device token gets the same successor again; 0 disables this
	Guesses         proof.Guesses
	Factors         proof.Factors
	Wrong           proof.WrongTokens
	Issuer          Issuer
	Clock           port.Clock
	NewID           port.NewID
	BrowserName     port.BrowserName
}

// step is one step of a sign-in: what was sent, what it has proven and what the policy decided.
type step struct {
	account
	visitor     domain.Visitor
	token       domain.OpaqueToken // of the challenge that the step completes; zero for the password
	challenge   domain.Challenge
	held        []domain.Authenticator // of the account, for steps that compare an answer with them
	proven      []domain.AMR
	deviceToken domain.Secret   // that the client sent; zero for none
	deviceDays  string          // the age of the remembered device that replaced the code
	known       domain.DeviceID // the device whose token was right before any guess was compared
	remember    bool
	enrolled    domain.Details // what the step enrols, for its audit event
	taken       bool           // the challenge is used up
	now         time.Time

	verdict   domain.SignInVerdict // set by advance
	why       domain.Decision
	presented port.DeviceToken // of the device that is judged
	repeated  []byte           // its sealed successor, when it was rotated within the grace

	session domain.Session
	refresh domain.RefreshToken
	device  domain.Secret // the device token for the client
}

// actor is the account that signs in, as the actor of its audit events.
func (s *step) actor() domain.Actor { return domain.Actor{User: s.user.ID, Origin: s.visitor.Origin} }

// advance asks the policy what is owed now. When nothing is, it opens the session in the unit.
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
	if verdict == domain.DeviceSkipsCode && s.factors.Enrolled() {
		if err := f.useDevice(ctx, tx, s, device); err != nil {
			return err
		}
	}
	if s.verdict.Outcome != domain.SignInAuthenticated {
		return f.record(ctx, tx, s, domain.EventSignInChallenged)
	}
	if s.remember && policy.RemembersDevices(facts.AdminRole) && !slices.Contains(s.proven, domain.AMRRecoveryCode) {
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

// finish returns the verdict to the client, with tokens or the next challenge. The unit of the
// verdict is committed.
func (f Flow) finish(ctx context.Context, s *step) (LoginResult, error) {
	result := LoginResult{Outcome: s.verdict.Outcome, DeviceToken: s.device}
	if s.verdict.Outcome == domain.SignInAuthenticated {
		tokens, err := f.Issuer.tokens(s.org.ID, s.session, s.refresh, s.now)
		result.Tokens = tokens
		return result, err
	}
	challenge := domain.Challenge{
		Org: s.org.ID, User: s.user.ID, Owed: s.verdict.Outcome, Proven: s.proven, Device: s.known,
		PasswordChangedAt: s.user.PasswordChangedAt, Factors: s.factors, LastSuspendedAt: s.user.LastSuspendedAt,
		ExpiresAt: s.now.Add(domain.ChallengeTTL),
	}
	tokens := oneTimeTokens[domain.Challenge]{values: f.Challenges, tokens: f.ChallengeTokens}
	token, err := tokens.issue(ctx, s.org.ID, challenge, domain.ChallengeTTL)
	result.Why = &s.why
	result.Challenge = &IssuedChallenge{
		Token: token.Secret, ExpiresIn: domain.ChallengeTTL, Methods: f.methods(s),
		RememberDeviceDays: s.settings.RememberDeviceDays, PasswordMinLength: s.settings.Policy(f.Issuer.Limits).PasswordMinLength,
	}
	if s.wantsPasskey() {
		result.Challenge.RememberDeviceDays = 0
	}
	return result, err
}

// record appends the audit event of the step.
func (f Flow) record(ctx context.Context, tx port.OrgTx, s *step, name domain.EventName) error {
	proven := make([]string, len(s.proven))
	for i, amr := range s.proven {
		proven[i] = string(amr)
	}
	on, details := domain.OnAccount(s.user.ID), domain.Details{"amr": strings.Join(proven, " "), "outcome": string(s.verdict.Outcome)}
	if s.deviceDays != "" {
		details["device_days"] = s.deviceDays
	}
	maps.Copy(details, s.enrolled)
	if s.session.ID != "" {
		on = domain.OnSession(s.session.ID)
	}
	return tx.Audit().Append(ctx, s.actor().Did(name, on, details).Stamp(f.NewID(), s.now))
}
