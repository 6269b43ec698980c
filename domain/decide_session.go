package domain

import "time"

// SessionOutcome is whether a session may go on.
type SessionOutcome string

// What a session comes to.
const (
	SessionInOrder          SessionOutcome = "in_order"
	SessionEnded            SessionOutcome = "ended"
	SessionOrgSuspended     SessionOutcome = "org_suspended"
	SessionAccountSuspended SessionOutcome = "account_suspended"
	SessionExpired          SessionOutcome = "expired"
	SessionIdle             SessionOutcome = "idle"
	SessionFactorMissing    SessionOutcome = "second_factor_missing"
)

// Refusal is what the bearer of the session is told; nil when it may go on.
func (o SessionOutcome) Refusal() *Error {
	switch o {
	case SessionEnded:
		return ErrTokenRevoked
	case SessionOrgSuspended:
		return ErrOrgSuspended
	case SessionAccountSuspended:
		return ErrAccountSuspended
	case SessionExpired, SessionIdle:
		return ErrSessionExpired
	case SessionFactorMissing:
		return ErrMFARequired
	default:
		return nil
	}
}

// SessionFacts is what is known of a live session and whom it belongs to.
type SessionFacts struct {
	OrgActive     bool
	AccountActive bool
	AdminRole     bool
	Session       Session
	At            time.Time // the instant of the decision
}

// DecideSession says whether the session may go on. It is asked on every request
// and every refresh, so that a rule turned on reaches sessions that already live. An
// account that enrols of its own will keeps the sessions it has.
func DecideSession(p Policy, f SessionFacts, now time.Time) Verdict[SessionOutcome] {
	f.At = now
	return settle(sessionRules, p, f)
}

var sessionRules = []rule[SessionFacts, SessionOutcome]{
	{
		text: "an ended session stays ended", asks: []string{"session.ended_at", "session.end_reason"},
		holds: func(_ Policy, f SessionFacts) bool { return f.Session.EndedAt.IsZero() }, no: SessionEnded,
	},
	{
		text: "a suspended org has no sessions", asks: []string{"org.active"},
		holds: func(_ Policy, f SessionFacts) bool { return f.OrgActive }, no: SessionOrgSuspended,
	},
	{
		text: "a suspended account has no sessions", asks: []string{"account.active"},
		holds: func(_ Policy, f SessionFacts) bool { return f.AccountActive }, no: SessionAccountSuspended,
	},
	{
		text: "a session has a lifetime, whatever its use", asks: []string{"session.expires_at"}, decider: named[SessionFacts]("REFRESH_TOKEN_EXPIRE_MINUTES"),
		holds: func(_ Policy, f SessionFacts) bool { return f.At.Before(f.Session.ExpiresAt) }, no: SessionExpired,
	},
	{
		text: "a session that rests too long ends", asks: []string{"session.last_seen_at", "session_timeout_minutes"},
		decider: func(p Policy, _ SessionFacts) string { return p.idleDecider() },
		holds:   func(p Policy, f SessionFacts) bool { return f.At.Sub(f.Session.LastSeenAt) < p.IdleTimeout }, no: SessionIdle,
	},
	{
		text: "a second factor that is demanded must have been shown", asks: []string{"require_two_factor", "account.admin_role", "session.amr"},
		decider: func(p Policy, f SessionFacts) string { return secondFactorDemander(p, false, f.AdminRole) },
		when:    func(p Policy, f SessionFacts) bool { return secondFactorDemander(p, false, f.AdminRole) != "" },
		holds:   func(_ Policy, f SessionFacts) bool { return f.Session.SatisfiesMFA() }, no: SessionFactorMissing,
	},
	{
		text: "nothing more is asked", asks: []string{"require_two_factor", "account.admin_role"},
		decider: named[SessionFacts](""), holds: func(Policy, SessionFacts) bool { return true }, yes: SessionInOrder,
	},
}
