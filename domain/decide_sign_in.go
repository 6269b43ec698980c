package domain

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
type SignInVerdict = Verdict[SignInOutcome]

// DecideSignIn says what a sign-in owes next. Every way into the service ends here.
//
// An enrolled account shows its code before a temporary password may be changed, so
// that a leaked temporary password alone changes nothing; an account that has yet to
// enrol changes the password first.
func DecideSignIn(p Policy, f SignInFacts) SignInVerdict { return settle(signInRules, p, f) }

var signInRules = []rule[SignInFacts, SignInOutcome]{
	{
		text: "a suspended org admits nobody", asks: []string{"org.active"},
		holds: func(_ Policy, f SignInFacts) bool { return f.OrgActive }, no: SignInSuspended,
	},
	{
		text: "too many failed attempts lock the account", asks: []string{"account.locked"}, decider: named[SignInFacts]("LOGIN_ATTEMPT_LIMIT"),
		holds: func(_ Policy, f SignInFacts) bool { return !f.Locked }, no: SignInLocked,
	},
	{
		text: "the password must match", asks: []string{"account.password_proven"},
		holds: func(_ Policy, f SignInFacts) bool { return f.PasswordProven }, no: SignInRefused,
	},
	{
		text: "a suspended account is not admitted", asks: []string{"account.active"},
		holds: func(_ Policy, f SignInFacts) bool { return f.AccountActive }, no: SignInSuspended,
	},
	{
		text: "a remembered device excuses from the code", asks: []string{"device", "remember_device_days", "mfa_required_actions"}, decider: deviceDecider,
		when:  func(p Policy, f SignInFacts) bool { return f.Enrolled && f.owesFactor(p) },
		holds: func(_ Policy, f SignInFacts) bool { return f.Device == DeviceExcuses },
	},
	{
		text: "a second factor that is demanded must be shown", asks: demands("code_proven"), decider: demanderOf,
		when: func(p Policy, f SignInFacts) bool {
			return f.Enrolled && f.demander(p) != "" && f.Device != DeviceExcuses
		},
		holds: func(_ Policy, f SignInFacts) bool { return f.CodeProven }, no: SignInCodeRequired,
	},
	{
		text: "a temporary password must be changed", asks: []string{"account.temporary_password"}, decider: named[SignInFacts]("account.password"),
		holds: func(_ Policy, f SignInFacts) bool { return !f.MustChangePassword }, no: SignInPasswordChange,
	},
	{
		text: "a second factor that is demanded must be enrolled", asks: demands("account.enrolled"), decider: demanderOf,
		when:  func(p Policy, f SignInFacts) bool { return !f.Enrolled && f.owesFactor(p) },
		holds: func(Policy, SignInFacts) bool { return false }, no: SignInEnrollmentRequired,
	},
	{
		text: "nothing more is owed", asks: demands(),
		decider: named[SignInFacts](""), holds: func(Policy, SignInFacts) bool { return true }, yes: SignInAuthenticated,
	},
}

// demands are the facts that may demand a second factor, and more.
func demands(more ...string) []string {
	return append([]string{"require_two_factor", "account.enrolled", "account.admin_role"}, more...)
}

func deviceDecider(p Policy, f SignInFacts) string {
	if f.Device == DeviceUnwelcome && p.guards(ActionLogin) {
		return "mfa_required_actions"
	}
	return "remember_device_days"
}

func demanderOf(p Policy, f SignInFacts) string { return f.demander(p) }

// demander names what demands a second factor of the account, or nothing.
func (f SignInFacts) demander(p Policy) string {
	return secondFactorDemander(p, f.Enrolled, f.AdminRole)
}

func (f SignInFacts) owesFactor(p Policy) bool { return f.demander(p) != "" && !f.CodeProven }

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
