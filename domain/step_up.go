package domain

import "time"

// StepUpTTL is how long a fresh proof waits to be used.
const StepUpTTL = 5 * time.Minute

// StepUp is a fresh second factor, proven for one action of one session (RFC 9470). It is
// good for one use.
type StepUp struct {
	Org               OrgID
	User              UserID
	Session           SessionID
	Action            Action
	PasswordChangedAt time.Time // a change of password since then voids it
	EnrolledAt        time.Time // another authenticator since then, too
	ExpiresAt         time.Time
}

// NewStepUp notes that p has just shown a second factor for action.
func NewStepUp(p Principal, action Action, now time.Time) StepUp {
	return StepUp{
		Org: p.Org.ID, User: p.User.ID, Session: p.Session.ID, Action: action,
		PasswordChangedAt: p.User.PasswordChangedAt, EnrolledAt: p.Authenticator.EnrolledAt, ExpiresAt: now.Add(StepUpTTL),
	}
}

// Admits tells whether the proof lets p do action now.
func (s StepUp) Admits(p Principal, action Action, now time.Time) bool {
	return s.Org == p.Org.ID && s.User == p.User.ID && s.Session == p.Session.ID && s.Action == action && now.Before(s.ExpiresAt) &&
		s.PasswordChangedAt.Equal(p.User.PasswordChangedAt) && s.EnrolledAt.Equal(p.Authenticator.EnrolledAt)
}
