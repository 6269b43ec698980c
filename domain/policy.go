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
	PasswordMinLength  int
}

// Policy folds the server's limits into the settings.
func (s OrgSettings) Policy(limits ServerLimits) Policy {
	return Policy{
		RequireTwoFactor:   s.RequireTwoFactor,
		StepUpActions:      s.MFARequiredActions,
		RememberDeviceDays: s.RememberDeviceDays,
		IdleTimeout:        s.IdleTimeout(limits),
		PasswordMinLength:  max(s.PasswordMinLength, limits.PasswordMinLength),
	}
}

// guards tells whether action needs a fresh second factor.
func (p Policy) guards(action Action) bool {
	return action.AlwaysGuarded() || slices.Contains(p.StepUpActions, action)
}

// RemembersDevices tells whether a remembered device may excuse from a code at all.
func (p Policy) RemembersDevices() bool { return p.RememberDeviceDays > 0 && !p.guards(ActionLogin) }

// Reason is one rule that took part in a verdict, in the order it was looked at, and
// the setting or fact that decided it.
type Reason struct{ Rule, Decider string }

// SignInOutcome is where a sign-in stands.
type SignInOutcome string

// The outcomes of sign-in.
const (
	SignInAuthenticated      SignInOutcome = "authenticated"
	SignInCodeRequired       SignInOutcome = "mfa_required"
	SignInEnrollmentRequired SignInOutcome = "mfa_enrollment_required"
	SignInPasswordChange     SignInOutcome = "password_change_required"
	SignInLocked             SignInOutcome = "locked"
	SignInSuspended          SignInOutcome = "suspended"
	SignInRefused            SignInOutcome = "refused"
)

// SignInFacts is what is known of an account and of this sign-in.
type SignInFacts struct {
	OrgActive          bool
	AccountActive      bool
	Locked             bool
	PasswordProven     bool
	MustChangePassword bool
	Enrolled           bool
	AdminRole          bool
	CodeProven         bool // a one-time or recovery code, in this sign-in
	Device             DeviceVerdict
}

// SignInVerdict is the decision on a sign-in and why.
type SignInVerdict struct {
	Outcome SignInOutcome
	Reasons []Reason
}

// DecideSignIn says what a sign-in owes next. Every way into the service ends here.
//
// An enrolled account shows its code before a temporary password may be changed, so
// that a leaked temporary password alone changes nothing; an account that has yet to
// enrol changes the password first.
func DecideSignIn(p Policy, f SignInFacts) SignInVerdict {
	var v SignInVerdict
	settle := func(outcome SignInOutcome, rule, decider string) SignInVerdict {
		v.Outcome, v.Reasons = outcome, append(v.Reasons, Reason{rule, decider})
		return v
	}
	switch {
	case !f.OrgActive:
		return settle(SignInSuspended, "a suspended org admits nobody", "org.status")
	case f.Locked:
		return settle(SignInLocked, "too many failed attempts lock the account", "LOGIN_ATTEMPT_LIMIT")
	case !f.PasswordProven:
		return settle(SignInRefused, "the password must match", "account.password")
	case !f.AccountActive:
		return settle(SignInSuspended, "a suspended account is not admitted", "account.status")
	}
	demander := secondFactorDemander(p, f.Enrolled, f.AdminRole)
	owed := demander != "" && !f.CodeProven
	if owed && f.Enrolled {
		if f.Device != DeviceExcuses {
			return settle(SignInCodeRequired, "a second factor is demanded", demander)
		}
		v.Reasons = append(v.Reasons, Reason{"a remembered device excuses from the code", "remember_device_days"})
	}
	if f.MustChangePassword {
		return settle(SignInPasswordChange, "a temporary password must be changed", "account.password")
	}
	if owed && !f.Enrolled {
		return settle(SignInEnrollmentRequired, "a second factor is demanded and none is enrolled", demander)
	}
	return settle(SignInAuthenticated, "nothing more is owed", "")
}

// secondFactorDemander names what demands a second factor, or nothing.
func secondFactorDemander(p Policy, enrolled, adminRole bool) string {
	switch {
	case p.RequireTwoFactor:
		return "require_two_factor"
	case enrolled:
		return "account.mfa"
	case adminRole:
		return "account.roles"
	}
	return ""
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

// SessionFacts is what is known of a live session and whom it belongs to.
type SessionFacts struct {
	OrgActive     bool
	AccountActive bool
	AdminRole     bool
	Session       Session
}

// DecideSession returns nil when the session may go on. It is asked on every request
// and every refresh, so that a rule turned on reaches sessions that already live. An
// account that enrols of its own will keeps the sessions it has.
func DecideSession(p Policy, f SessionFacts, now time.Time) error {
	s := f.Session
	switch {
	case !s.EndedAt.IsZero():
		return ErrTokenRevoked
	case !f.OrgActive:
		return ErrOrgSuspended
	case !f.AccountActive:
		return ErrAccountSuspended
	case !now.Before(s.ExpiresAt) || now.Sub(s.LastSeenAt) >= p.IdleTimeout:
		return ErrSessionExpired
	case secondFactorDemander(p, false, f.AdminRole) != "" && !s.SatisfiesMFA():
		return ErrMFARequired
	}
	return nil
}

// ActionFacts is what is known of someone who wants to act.
type ActionFacts struct {
	Permitted   bool
	Enrolled    bool
	StepUpFresh bool // an unused step-up token of this session and action was shown
}

// ActionVerdict is the decision on an action.
type ActionVerdict string

// The verdicts on an action.
const (
	ActionAllowed      ActionVerdict = "allowed"
	ActionNotPermitted ActionVerdict = "not_permitted"
	ActionEnrollFirst  ActionVerdict = "enroll_first"
	ActionStepUp       ActionVerdict = "step_up"
)

// DecideAction says whether someone may do action, and what they owe first if not.
func DecideAction(p Policy, action Action, f ActionFacts) (ActionVerdict, Reason) {
	switch {
	case !f.Permitted:
		return ActionNotPermitted, Reason{"the permission is not held", "account.roles"}
	case !p.guards(action):
		return ActionAllowed, Reason{"the action is not guarded", "mfa_required_actions"}
	case !f.Enrolled:
		return ActionEnrollFirst, Reason{"the action wants a second factor and none is enrolled", "mfa_required_actions"}
	case !f.StepUpFresh:
		return ActionStepUp, Reason{"the action wants a fresh second factor", "mfa_required_actions"}
	}
	return ActionAllowed, Reason{"a fresh second factor was shown", "mfa_required_actions"}
}
