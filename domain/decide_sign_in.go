package domain

// SignInOutcome is the state of a sign-in.
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

// SignInFacts is what is known about an account and its sign-in.
type SignInFacts struct {
	OrgActive          bool
	AccountActive      bool
	Locked             bool
	PasswordProven     bool
	MustChangePassword bool
	Enrolled           bool
	AdminRole          bool
	CodeProven         bool // a second factor or a recovery code, in this sign-in
	RecoveryProven     bool // a recovery code, in this sign-in
	HasPasskey         bool // one is enrolled
	PasskeyProven      bool // in this sign-in, alone or as second factor
	Device             DeviceVerdict
}

// SignInVerdict is a decision on a sign-in and its reasons.
type SignInVerdict = Verdict[SignInOutcome]

// DecideSignIn returns what a sign-in owes next. Every way to sign in calls it.
//
// An enrolled account shows its second factor before it may change a temporary password, so that a
// leaked temporary password alone changes nothing. An account without one changes the password first.
//
// A passkey replaces both the password and the second factor. An account that must sign in with a passkey and has one
// shows it, or a recovery code and then adds a new passkey. Without a passkey it proves the factor that it has, if any,
// and then adds a passkey.
func DecideSignIn(p Policy, f SignInFacts) SignInVerdict { return settle(signInRules, p, f) }

var signInRules = []rule[SignInFacts, SignInOutcome]{
	{
		text: "the org is active", asks: []string{"org.active"},
		holds: func(_ Policy, f SignInFacts) bool { return f.OrgActive }, no: SignInSuspended,
	},
	{
		text: "the account is not locked by failed attempts", asks: []string{"account.locked"}, decider: named[SignInFacts](ServiceAttemptLimit),
		holds: func(_ Policy, f SignInFacts) bool { return !f.Locked }, no: SignInLocked,
	},
	{
		text: "the password or a passkey is right", asks: []string{"account.password_proven", "passkey_proven"},
		holds: func(_ Policy, f SignInFacts) bool { return f.PasswordProven || f.PasskeyProven }, no: SignInRefused,
	},
	{
		text: "the account is active", asks: []string{"account.active"},
		holds: func(_ Policy, f SignInFacts) bool { return f.AccountActive }, no: SignInSuspended,
	},
	{
		text:    "a remembered device replaces the second factor",
		asks:    []string{"device", "remember_device_days", "mfa_required_actions", "phishing_resistant", "account.admin_role"},
		decider: deviceDecider,
		when:    func(p Policy, f SignInFacts) bool { return f.Enrolled && f.owesFactor(p) },
		holds:   func(p Policy, f SignInFacts) bool { return f.skipsCode(p) },
	},
	{
		text: "the required passkey or a recovery code was proven", decider: named[SignInFacts]("phishing_resistant"),
		asks:  []string{"phishing_resistant", "account.admin_role", "account.passkey", "passkey_proven", "recovery_code_proven"},
		when:  func(p Policy, f SignInFacts) bool { return f.HasPasskey && f.wantsPasskey(p) },
		holds: func(_ Policy, f SignInFacts) bool { return f.PasskeyProven || f.RecoveryProven }, no: SignInCodeRequired,
	},
	{
		text: "the required second factor was proven", asks: requiringFacts("code_proven"), decider: signInRequiresFactor,
		when: func(p Policy, f SignInFacts) bool {
			return f.Enrolled && signInRequiresFactor(p, f) != "" && !f.skipsCode(p) && (!f.HasPasskey || !f.wantsPasskey(p))
		},
		holds: func(_ Policy, f SignInFacts) bool { return f.CodeProven }, no: SignInCodeRequired,
	},
	{
		text: "the password is not a temporary one", asks: []string{"account.temporary_password"},
		decider: named[SignInFacts]("account.password"),
		holds:   func(_ Policy, f SignInFacts) bool { return !f.MustChangePassword }, no: SignInPasswordChange,
	},
	{
		text: "the required passkey was proven or added", decider: named[SignInFacts]("phishing_resistant"),
		asks:  []string{"phishing_resistant", "account.admin_role", "account.passkey", "passkey_proven"},
		when:  func(p Policy, f SignInFacts) bool { return f.wantsPasskey(p) },
		holds: func(_ Policy, f SignInFacts) bool { return f.PasskeyProven }, no: SignInEnrollmentRequired,
	},
	{
		text: "the required second factor is enrolled", asks: requiringFacts("account.enrolled"), decider: signInRequiresFactor,
		when:  func(p Policy, f SignInFacts) bool { return !f.Enrolled && f.owesFactor(p) },
		holds: func(Policy, SignInFacts) bool { return false }, no: SignInEnrollmentRequired,
	},
	{
		text: "no other rule applies", asks: requiringFacts("phishing_resistant"),
		decider: named[SignInFacts](""), holds: func(Policy, SignInFacts) bool { return true }, yes: SignInAuthenticated,
	},
}

// requiringFacts returns the names of the facts that may require a second factor, and the given names.
func requiringFacts(more ...string) []string {
	return append([]string{"require_two_factor", "account.enrolled", "account.admin_role"}, more...)
}

func deviceDecider(p Policy, f SignInFacts) string {
	switch {
	case f.wantsPasskey(p):
		return "phishing_resistant"
	case f.Device == DeviceNotAccepted && p.guards(ActionLogin):
		return "mfa_required_actions"
	}
	return "remember_device_days"
}

// wantsPasskey reports whether the account must sign in with a passkey.
func (f SignInFacts) wantsPasskey(p Policy) bool { return p.WantsPasskey(f.AdminRole) }

// skipsCode reports whether a remembered device replaces the second factor.
func (f SignInFacts) skipsCode(p Policy) bool {
	return f.Device == DeviceSkipsCode && !f.wantsPasskey(p)
}

// signInRequiresFactor names the setting or fact that requires a second factor of the account; empty without one.
func signInRequiresFactor(p Policy, f SignInFacts) string {
	return requiresFactor(p, f.Enrolled, f.AdminRole)
}

// owesFactor reports whether a second factor is required and was not proven.
func (f SignInFacts) owesFactor(p Policy) bool {
	return signInRequiresFactor(p, f) != "" && !f.CodeProven
}

// requiresFactor names the setting or fact that requires a second factor; empty without one.
func requiresFactor(p Policy, enrolled, adminRole bool) string {
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
