package domain

// Reason is one rule of a verdict: whether its condition held, and the setting or fact that it depends on.
// The last reason of a verdict is the one that decided.
type Reason struct {
	Rule      string
	Decider   string // empty for the last rule, which depends on nothing
	Satisfied bool
}

// Verdict is the outcome of a decision with the rules that were applied, in order.
type Verdict[O ~string] struct {
	Outcome O
	Reasons []Reason
}

// rule is one step of a decision. Rules are applied in order until one decides.
type rule[F any, O ~string] struct {
	text    string                 // the condition, for people
	asks    []string               // the names of the facts that it uses
	decider func(Policy, F) string // nil: the decider of the first fact
	when    func(Policy, F) bool   // whether the rule applies; nil: always
	holds   func(Policy, F) bool   // whether the condition holds
	yes, no O                      // the outcome; empty: the next rule decides
}

// settle applies rules in order. The last one always decides.
func settle[F any, O ~string](rules []rule[F, O], p Policy, f F) Verdict[O] {
	v := Verdict[O]{Reasons: make([]Reason, 0, len(rules))}
	for _, r := range rules {
		if r.when != nil && !r.when(p, f) {
			continue
		}
		satisfied := r.holds(p, f)
		v.Reasons = append(v.Reasons, Reason{Rule: r.text, Decider: r.decidedBy(p, f), Satisfied: satisfied})
		v.Outcome = r.no
		if satisfied {
			v.Outcome = r.yes
		}
		if v.Outcome != "" {
			break
		}
	}
	return v
}

func (r rule[F, O]) decidedBy(p Policy, f F) string {
	switch {
	case r.decider != nil:
		return r.decider(p, f)
	case len(r.asks) == 0:
		return ""
	case decidedIn[r.asks[0]] != "":
		return decidedIn[r.asks[0]]
	}
	return r.asks[0]
}

// decidedIn holds the deciders of facts that have another name.
var decidedIn = map[string]string{
	"org.active": "org.status", "org.operators": "org.platform", "account.active": "account.status",
	"service_account.active":  "account.status",
	"account.password_proven": "account.password",
}

// asked returns the names of the facts that the rules behind a verdict used.
func asked[F any, O ~string](rules []rule[F, O], reasons []Reason) map[string]bool {
	names := map[string]bool{}
	for _, reason := range reasons {
		for _, r := range rules {
			if r.text == reason.Rule {
				for _, name := range r.asks {
					names[name] = true
				}
			}
		}
	}
	return names
}

// named returns a decider that is always the same.
func named[F any](decider string) func(Policy, F) string {
	return func(Policy, F) string { return decider }
}
