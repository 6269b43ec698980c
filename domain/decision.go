package domain

import (
	"reflect"
	"slices"
	"time"
	"unicode/utf8"
)

// DecisionKind says what a decision is about.
type DecisionKind string

// The kinds of decisions.
const (
	DecisionSignIn     DecisionKind = "sign_in"
	DecisionSession    DecisionKind = "session"
	DecisionAction     DecisionKind = "action"
	DecisionPermission DecisionKind = "permission"
	DecisionAllowance  DecisionKind = "allowance"
	DecisionRank       DecisionKind = "rank"
	DecisionAPIKey     DecisionKind = "api_key"
)

// DecisionKinds lists all kinds. Their order is part of the format of decision ids.
func DecisionKinds() []DecisionKind {
	return []DecisionKind{
		DecisionSignIn, DecisionSession, DecisionAction, DecisionPermission, DecisionAllowance, DecisionRank, DecisionAPIKey,
	}
}

// DecisionID is a decision that was shown to a client, encrypted into an opaque string.
type DecisionID string

// DecisionTTL is how long an id can be used to explain a decision.
const DecisionTTL = 30 * 24 * time.Hour

// Decision is a question with the policy and the facts at the time it was decided. Deciding it again
// gives the same verdict.
type Decision struct {
	Org           OrgID
	User          UserID // the account that it is about; empty when it is unknown
	At            time.Time
	PolicyVersion int64 // of the org's settings; 0 when they were not used
	Policy        Policy
	Question      Question
}

// Question is what is to be decided, with the facts about it.
type Question interface {
	Kind() DecisionKind
	// facts lists every setting and fact that the rules may use, in a fixed order. Decision ids contain their values in
	// this order, so a new one comes last: an id of an earlier version has no value for it, which is read as zero.
	facts(p *Policy) []fact
	decide(p Policy) Ruling
	changes(p Policy) []Change
	copied() Question
}

// Ruling is the verdict of any kind of question.
type Ruling struct {
	Outcome string
	Granted bool // the request is allowed, with no further step
	Reasons []Reason
	asked   map[string]bool
}

// Fact is the value of a setting or a fact, by its name.
type Fact struct {
	Name  string
	Value any // bool, int, string, time.Time, time.Duration, or a list or kind of string
}

// fact points to the value of a setting or a fact.
type fact struct {
	name string
	at   any
}

func (f fact) value() any { return reflect.ValueOf(f.at).Elem().Interface() }

// NewDecision returns an empty decision of a kind, to be filled through Values, or ErrNotFound for an
// unknown kind.
func NewDecision(kind DecisionKind) (Decision, error) {
	questions := map[DecisionKind]Question{
		DecisionSignIn: &SignInFacts{}, DecisionSession: &SessionFacts{}, DecisionAction: &ActionFacts{},
		DecisionPermission: &PermissionFacts{}, DecisionAllowance: &AllowanceFacts{}, DecisionRank: &RankFacts{}, DecisionAPIKey: &KeyFacts{},
	}
	if questions[kind] == nil {
		return Decision{}, ErrNotFound
	}
	return Decision{Question: questions[kind]}, nil
}

// Values returns pointers to everything that the decision contains, in a fixed order, so that it can be
// stored: *bool, *int, *int64, *time.Time, *time.Duration, or a pointer to a string or list of strings.
func (d *Decision) Values() []any {
	values := []any{&d.User, &d.At, &d.PolicyVersion}
	for _, f := range d.Question.facts(&d.Policy) {
		values = append(values, f.at)
	}
	return values
}

// Ruling decides the question.
func (d Decision) Ruling() Ruling { return d.Question.decide(d.Policy) }

// Facts returns the settings and facts that the rules used.
func (d Decision) Facts() (looked []Fact) {
	names := d.Ruling().asked
	for _, f := range d.Question.facts(&d.Policy) {
		if names[f.name] {
			looked = append(looked, Fact{f.name, f.value()})
		}
	}
	return looked
}

// Decider returns the name of the setting or fact that decided, or "" when there is none.
func (d Decision) Decider() string {
	reasons := d.Ruling().Reasons
	return reasons[len(reasons)-1].Decider
}

// Expired reports whether the decision is too old to be explained.
func (d Decision) Expired(now time.Time) bool { return !now.Before(d.At.Add(DecisionTTL)) }

// copied returns a copy that shares nothing with the decision.
func (d Decision) copied() Decision {
	d.Question = d.Question.copied()
	d.Policy.StepUpActions = slices.Clone(d.Policy.StepUpActions)
	return d
}

func ruling[F any, O ~string](rules []rule[F, O], v Verdict[O], granted O) Ruling {
	return Ruling{Outcome: string(v.Outcome), Granted: v.Outcome == granted, Reasons: v.Reasons, asked: asked(rules, v.Reasons)}
}

// maxFactBytes is the largest length of a text in a decision.
const maxFactBytes = 96

// cut returns a text of at most limit bytes. It cuts between two characters.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const mark = "…"
	end := limit - len(mark)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + mark
}
