package domain

// ActionFacts is what is known of someone who wants to act.
type ActionFacts struct {
	Action      Action
	Permitted   bool
	Enrolled    bool
	StepUpFresh bool // an unused step-up token of this session and action was shown
}

// ActionVerdict is what comes of wanting to act.
type ActionVerdict string

// The verdicts on an action.
const (
	ActionAllowed      ActionVerdict = "allowed"
	ActionNotPermitted ActionVerdict = "not_permitted"
	ActionEnrollFirst  ActionVerdict = "enroll_first"
	ActionStepUp       ActionVerdict = "step_up"
)

// DecideAction says whether someone may do action, and what they owe first if not.
func DecideAction(p Policy, action Action, f ActionFacts) Verdict[ActionVerdict] {
	f.Action = action
	return settle(actionRules, p, f)
}

var actionRules = []rule[ActionFacts, ActionVerdict]{
	{
		text: "the permission must be held", asks: []string{"permitted"}, decider: named[ActionFacts]("account.roles"),
		holds: func(_ Policy, f ActionFacts) bool { return f.Permitted }, no: ActionNotPermitted,
	},
	{
		text: "an action that nothing guards needs no more", asks: []string{"action", "mfa_required_actions"}, decider: actionGuard,
		holds: func(p Policy, f ActionFacts) bool { return !p.guards(f.Action) }, yes: ActionAllowed,
	},
	{
		text: "a guarded action wants an enrolled second factor", asks: []string{"account.enrolled"}, decider: actionGuard,
		holds: func(_ Policy, f ActionFacts) bool { return f.Enrolled }, no: ActionEnrollFirst,
	},
	{
		text: "a guarded action wants a fresh second factor", asks: []string{"step_up"}, decider: actionGuard,
		holds: func(_ Policy, f ActionFacts) bool { return f.StepUpFresh }, no: ActionStepUp, yes: ActionAllowed,
	},
}

// actionGuard names what decides whether the action is guarded: the org, or nobody.
func actionGuard(_ Policy, f ActionFacts) string {
	if f.Action.AlwaysGuarded() {
		return "service"
	}
	return "mfa_required_actions"
}
