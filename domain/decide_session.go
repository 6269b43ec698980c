package domain

import "time"

// SessionOutcome says whether a session may continue.
type SessionOutcome string

// The outcomes for a session.
const (
	SessionInOrder          SessionOutcome = "in_order"
	SessionEnded            SessionOutcome = "ended"
	SessionOrgSuspended     SessionOutcome = "org_suspended"
	SessionAccountSuspended SessionOutcome = "account_suspended"
	SessionExpired          SessionOutcome = "expired"
	SessionIdle             SessionOutcome = "idle"
	SessionFactorMissing    SessionOutcome = "second_factor_missing"
	SessionPasskeyMissing   SessionOutcome = "passkey_missing"
)

// Refusal returns the failure for the client, or nil when the session may continue.
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
	case SessionPasskeyMissing:
		return ErrPasskeyRequired
	default:
		return nil
	}
}

// SessionFacts are the facts about a session, its account and its org.
type SessionFacts struct {
	OrgActive     bool
	AccountActive bool
	AdminRole     bool
	Session       Session
	At            time.Time // the instant of the decision
}

// DecideSession decides whether a session may continue. It is called for every request and every
// refresh, so that a changed setting applies to existing sessions too. An account that enrols
// voluntarily keeps its sessions.
func DecideSession(p Policy, f SessionFacts, now time.Time) Verdict[SessionOutcome] {
	f.At = now
	return settle(sessionRules, p, f)
}

var sessionRules = []rule[SessionFacts, SessionOutcome]{
	{
		text: "the session has not been ended", asks: []string{"session.ended_at", "session.end_reason"},
		holds: func(_ Policy, f SessionFacts) bool { return f.Session.EndedAt.IsZero() }, no: SessionEnded,
	},
	{
		text: "the org is active", asks: []string{"org.active"},
		holds: func(_ Policy, f SessionFacts) bool { return f.OrgActive }, no: SessionOrgSuspended,
	},
	{
		text: "the account is active", asks: []string{"account.active"},
		holds: func(_ Policy, f SessionFacts) bool { return f.AccountActive }, no: SessionAccountSuspended,
	},
	{
		text: "the session has not reached its maximum lifetime", asks: []string{"session.expires_at"},
		decider: named[SessionFacts](ServiceSessionLifetime),
		holds:   func(_ Policy, f SessionFacts) bool { return f.At.Before(f.Session.ExpiresAt) }, no: SessionExpired,
	},
	{
		text: "the session has not been idle for too long", asks: []string{"session.last_seen_at", "session_timeout_minutes"},
		decider: func(p Policy, _ SessionFacts) string { return p.idleDecider() },
		holds:   func(p Policy, f SessionFacts) bool { return f.At.Sub(f.Session.LastSeenAt) < p.IdleTimeout }, no: SessionIdle,
	},
	{
		text: "the session has the required passkey", asks: []string{"phishing_resistant", "account.admin_role", "session.amr"},
		when:  func(p Policy, f SessionFacts) bool { return p.WantsPasskey(f.AdminRole) },
		holds: func(_ Policy, f SessionFacts) bool { return f.Session.ProvedPasskey() }, no: SessionPasskeyMissing,
	},
	{
		text: "the session has the required second factor", asks: []string{"require_two_factor", "account.admin_role", "session.amr"},
		decider: func(p Policy, f SessionFacts) string { return requiresFactor(p, false, f.AdminRole) },
		when:    func(p Policy, f SessionFacts) bool { return requiresFactor(p, false, f.AdminRole) != "" },
		holds:   func(_ Policy, f SessionFacts) bool { return f.Session.SatisfiesMFA() }, no: SessionFactorMissing,
	},
	{
		text: "no other rule applies", asks: []string{"require_two_factor", "phishing_resistant", "account.admin_role"},
		decider: named[SessionFacts](""), holds: func(Policy, SessionFacts) bool { return true }, yes: SessionInOrder,
	},
}
