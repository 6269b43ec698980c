package domain

import (
	"slices"
	"time"
)

// Policy is what an org demands at this instant, with the server's limits folded in.
// The functions beside it decide from a policy and typed facts alone: the same inputs
// give the same verdict, whenever and wherever they are asked.
type Policy struct {
	RequireTwoFactor   bool
	StepUpActions      []Action
	RememberDeviceDays int
	IdleTimeout        time.Duration
	IdleCeiling        time.Duration // the server's own: where it is reached, the org cannot allow more
	PasswordMinLength  int
}

// Policy folds the server's limits into the settings.
func (s OrgSettings) Policy(limits ServerLimits) Policy {
	return Policy{
		RequireTwoFactor:   s.RequireTwoFactor,
		StepUpActions:      s.MFARequiredActions,
		RememberDeviceDays: s.RememberDeviceDays,
		IdleTimeout:        s.IdleTimeout(limits),
		IdleCeiling:        limits.SessionTimeout,
		PasswordMinLength:  max(s.PasswordMinLength, limits.PasswordMinLength),
	}
}

// guards tells whether action needs a fresh second factor.
func (p Policy) guards(action Action) bool {
	return action.AlwaysGuarded() || slices.Contains(p.StepUpActions, action)
}

// Guarding returns the policy with one more action that needs a step-up.
func (p Policy) Guarding(action Action) Policy {
	p.StepUpActions = append(slices.Clone(p.StepUpActions), action)
	return p
}

// RemembersDevices tells whether a remembered device may excuse from a code at all.
func (p Policy) RemembersDevices() bool { return p.RememberDeviceDays > 0 && !p.guards(ActionLogin) }

// guardedOnly is the policy with no other guarded action than this one: what a decision
// that asks about nothing else has to remember.
func (p Policy) guardedOnly(action Action) Policy {
	listed := slices.Contains(p.StepUpActions, action)
	p.StepUpActions = nil
	if listed {
		p.StepUpActions = []Action{action}
	}
	return p
}

// idleDecider names what bounds the rest of a session: the org's setting, or the server's.
func (p Policy) idleDecider() string {
	if p.IdleCeiling > 0 && p.IdleTimeout >= p.IdleCeiling {
		return "SESSION_TIMEOUT_MINUTES"
	}
	return "session_timeout_minutes"
}

// DeviceVerdict is what a remembered device is worth.
type DeviceVerdict string

// What a presented device is worth.
const (
	DeviceNone      DeviceVerdict = ""         // none was presented, or not of this account
	DeviceExcuses   DeviceVerdict = "excuses"  // skips the code
	DeviceExpired   DeviceVerdict = "expired"  // its own date, or today's setting, has passed
	DeviceUnwelcome DeviceVerdict = "disabled" // the org remembers none, or guards sign-in itself
)

// DecideDevice judges a device of the account by today's policy, not by the one it was made under.
func DecideDevice(p Policy, d Device, now time.Time) DeviceVerdict {
	switch {
	case !p.RemembersDevices():
		return DeviceUnwelcome
	case !now.Before(d.ExpiresUnder(p.RememberDeviceDays)):
		return DeviceExpired
	}
	return DeviceExcuses
}
