package domain

// Reason is one rule that was looked at: whether what it wants was there, and the setting
// or fact that it went by. The last reason of a verdict is the one that settled it.
type Reason struct {
	Rule      string
	Decider   string // empty where nothing decides any more
	Satisfied bool
}

// Verdict is a decision with every rule that was looked at, in order.
type Verdict[O ~string] struct {
	Outcome O
	Reasons []Reason
}

// rule is one step of a decision. Rules are asked in order until one settles the matter.
type rule[F any, O ~string] struct {
	text    string
	asks    []string               // the facts it looks at, by their names
	decider func(Policy, F) string // nil: what the first fact goes by
	when    func(Policy, F) bool   // whether it is looked at; nil: always
	holds   func(Policy, F) bool   // whether what it wants is there
	yes, no O                      // what that settles; empty: the next rule is asked
}

// settle asks rules in order. Their last one settles everything.
func settle[F any, O ~string](rules []rule[F, O], p Policy, f F) Verdict[O] {
	v := Verdict[O]{Reasons: make([]Reason, 0, len(rules))}
	for _, r := range rules {
		if r.when != nil && !r.when(p, f) {
			continue
		}
		satisfied := r.holds(p, f)
		v.Reasons = append(v.Reasons, Reason{r.text, r.decidedBy(p, f), satisfied})
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

// decidedIn names what a fact goes by, where that has another name.
var decidedIn = map[string]string{
	"org.active": "org.status", "org.operators": "org.platform", "account.active": "account.status", "account.password_proven": "account.password",
}

// asked names the facts that the rules behind a verdict looked at, each once.
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

// named is a decider that is always the same.
func named[F any](decider string) func(Policy, F) string {
	return func(Policy, F) string { return decider }
}
