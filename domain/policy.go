package domain

import (
	"slices"
	"time"
)

// Policy is what an org requires now, within the server's limits. The functions in this package that
// decide use a policy, facts and a time only, so that the same arguments always give the same verdict.
type Policy struct {
	RequireTwoFactor   bool
	PhishingResistant  Coverage // which accounts must sign in with a passkey
	StepUpActions      []Action
	RememberDeviceDays int
	IdleTimeout        time.Duration
	IdleCeiling        time.Duration // the server's own limit of IdleTimeout
	PasswordMinLength  int
}

// Policy returns the policy that the settings make within the server's limits.
func (s OrgSettings) Policy(limits ServerLimits) Policy {
	return Policy{
		RequireTwoFactor:   s.RequireTwoFactor,
		PhishingResistant:  Coverage(s.PhishingResistant),
		StepUpActions:      s.MFARequiredActions,
		RememberDeviceDays: s.RememberDeviceDays,
		IdleTimeout:        s.IdleTimeout(limits),
		IdleCeiling:        limits.SessionTimeout,
		PasswordMinLength:  s.InForce(limits).PasswordMinLength,
	}
}

// guards reports whether the action needs a step-up.
func (p Policy) guards(action Action) bool {
	return action.AlwaysGuarded() || slices.Contains(p.StepUpActions, action)
}

// Guarding returns the policy with one more action that needs a step-up.
func (p Policy) Guarding(action Action) Policy {
	p.StepUpActions = append(slices.Clone(p.StepUpActions), action)
	return p
}

// RemembersDevices reports whether a remembered device can skip the code. adminRole says whether its account has an
// admin role.
func (p Policy) RemembersDevices(adminRole bool) bool {
	return p.RememberDeviceDays > 0 && !p.guards(ActionLogin) && !p.WantsPasskey(adminRole)
}

// guardedOnly returns the policy with this action as the only one that the org guards. It is all that
// a decision about this action stores.
func (p Policy) guardedOnly(action Action) Policy {
	listed := slices.Contains(p.StepUpActions, action)
	p.StepUpActions = nil
	if listed {
		p.StepUpActions = []Action{action}
	}
	return p
}

// idleDecider names the setting that decides how long a session may be idle: the org's or the server's.
func (p Policy) idleDecider() string {
	if p.IdleCeiling > 0 && p.IdleTimeout >= p.IdleCeiling {
		return ServiceSessionTimeout
	}
	return "session_timeout_minutes"
}

// DeviceVerdict says whether a remembered device skips the code.
type DeviceVerdict string

// The verdicts on a device that was presented.
const (
	DeviceNone        DeviceVerdict = ""         // no device of this account was presented
	DeviceSkipsCode   DeviceVerdict = "excuses"  // skips the code
	DeviceExpired     DeviceVerdict = "expired"  // past its own expiry, or the one that today's setting gives it
	DeviceNotAccepted DeviceVerdict = "disabled" // the org remembers no devices, guards the action login, or requires a passkey
)

// DecideDevice decides on a device of the account by today's policy, not by the one under which it was
// remembered. adminRole says whether the account has an admin role.
func DecideDevice(p Policy, d Device, adminRole bool, now time.Time) DeviceVerdict {
	switch {
	case !p.RemembersDevices(adminRole):
		return DeviceNotAccepted
	case !now.Before(d.ExpiresUnder(p.RememberDeviceDays)):
		return DeviceExpired
	}
	return DeviceSkipsCode
}
