package domain

import "time"

// StepUpTTL is how long a step-up can be used.
const StepUpTTL = 5 * time.Minute

// StepUp is a fresh proof of a second factor for one action of one session (RFC 9470). It can be used once.
type StepUp struct {
	Org               OrgID
	User              UserID
	Session           SessionID
	Action            Action
	AMR               AMR       // of the factor that was proven
	PasswordChangedAt time.Time // a later change of the password makes it invalid
	Factors           Factors   // a later change of the second factors makes it invalid
	ExpiresAt         time.Time
}

// NewStepUp returns a step-up of p, who has just proven a second factor, whose method is amr, for action.
func NewStepUp(p Principal, action Action, amr AMR, now time.Time) StepUp {
	return StepUp{
		Org: p.Org.ID, User: p.User.ID, Session: p.Session.ID, Action: action, AMR: amr,
		PasswordChangedAt: p.User.PasswordChangedAt, Factors: p.Factors, ExpiresAt: now.Add(StepUpTTL),
	}
}

// Admits reports whether the step-up allows p to do action now.
func (s StepUp) Admits(p Principal, action Action, now time.Time) bool {
	return s.Org == p.Org.ID && s.User == p.User.ID && s.Session == p.Session.ID && s.Action == action && now.Before(s.ExpiresAt) &&
		s.PasswordChangedAt.Equal(p.User.PasswordChangedAt) && s.Factors.Same(p.Factors)
}
