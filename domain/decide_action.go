package domain

// ActionFacts are the facts about a caller who wants to do an action.
type ActionFacts struct {
	Action      Action
	Permitted   bool
	Enrolled    bool
	StepUpFresh bool // an unused step-up token of this session and action was sent
	AdminRole   bool
	HasPasskey  bool // one is enrolled

	StepUpPasskey  bool // the step-up was proven with a passkey
	ServiceAccount bool // which cannot step up
}

// ActionFacts returns the facts about p, who is permitted the action and has sent no step-up token.
func (p Principal) ActionFacts(action Action) ActionFacts {
	return ActionFacts{
		Action: action, Permitted: true, Enrolled: p.Factors.Enrolled(), AdminRole: AnyAdmin(p.Roles), HasPasskey: p.Factors.Has(FactorPasskey),
		ServiceAccount: p.Service(),
	}
}

// ActionVerdict is the result of DecideAction.
type ActionVerdict string

// The verdicts on an action.
const (
	ActionAllowed      ActionVerdict = "allowed"
	ActionNotPermitted ActionVerdict = "not_permitted"
	ActionEnrollFirst  ActionVerdict = "enroll_first"
	ActionStepUp       ActionVerdict = "step_up"
	ActionPersonOnly   ActionVerdict = "person_only"
)

// DecideAction decides whether a caller may do the action, or what they must do first.
func DecideAction(p Policy, action Action, f ActionFacts) Verdict[ActionVerdict] {
	f.Action = action
	return settle(actionRules, p, f)
}

var actionRules = []rule[ActionFacts, ActionVerdict]{
	{
		text: "the account has the permission", asks: []string{"permitted"}, decider: named[ActionFacts]("account.roles"),
		holds: func(_ Policy, f ActionFacts) bool { return f.Permitted }, no: ActionNotPermitted,
	},
	{
		text: "the action needs no step-up", asks: []string{"action", "mfa_required_actions"}, decider: actionGuard,
		holds: func(p Policy, f ActionFacts) bool { return !p.guards(f.Action) }, yes: ActionAllowed,
	},
	{
		text: "the account is a person's, as a step-up requires", asks: []string{"service_account"}, decider: actionGuard,
		when:  func(_ Policy, f ActionFacts) bool { return f.ServiceAccount },
		holds: func(Policy, ActionFacts) bool { return false }, no: ActionPersonOnly,
	},
	{
		text: "a second factor is enrolled for the step-up", asks: []string{"account.enrolled"}, decider: actionGuard,
		holds: func(_ Policy, f ActionFacts) bool { return f.Enrolled }, no: ActionEnrollFirst,
	},
	{
		text: "a passkey is enrolled for the step-up", asks: []string{"phishing_resistant", "account.admin_role", "account.passkey"},
		when:  func(p Policy, f ActionFacts) bool { return p.WantsPasskey(f.AdminRole) },
		holds: func(_ Policy, f ActionFacts) bool { return f.HasPasskey }, no: ActionEnrollFirst,
	},
	{
		text: "the step-up was proven with a passkey", asks: []string{"phishing_resistant", "account.admin_role", "step_up_passkey"},
		when:  func(p Policy, f ActionFacts) bool { return f.StepUpFresh && p.WantsPasskey(f.AdminRole) },
		holds: func(_ Policy, f ActionFacts) bool { return f.StepUpPasskey }, no: ActionStepUp,
	},
	{
		text: "the account has stepped up for the action", asks: []string{"step_up"}, decider: actionGuard,
		holds: func(_ Policy, f ActionFacts) bool { return f.StepUpFresh }, no: ActionStepUp, yes: ActionAllowed,
	},
}

// actionGuard names the decider of whether the action is guarded: the service or the org's setting.
func actionGuard(_ Policy, f ActionFacts) string {
	if f.Action.AlwaysGuarded() {
		return "service"
	}
	return "mfa_required_actions"
}
