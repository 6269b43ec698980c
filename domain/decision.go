package domain

import (
	"reflect"
	"slices"
	"time"
	"unicode/utf8"
)

// DecisionKind is what was to be decided.
type DecisionKind string

// The kinds of decisions.
const (
	DecisionSignIn     DecisionKind = "sign_in"
	DecisionSession    DecisionKind = "session"
	DecisionAction     DecisionKind = "action"
	DecisionPermission DecisionKind = "permission"
	DecisionAllowance  DecisionKind = "allowance"
	DecisionRank       DecisionKind = "rank"
)

// DecisionKinds lists them all. Their order is part of the ids of decisions.
func DecisionKinds() []DecisionKind {
	return []DecisionKind{DecisionSignIn, DecisionSession, DecisionAction, DecisionPermission, DecisionAllowance, DecisionRank}
}

// DecisionID is a decision that was told to someone, sealed into an opaque text.
type DecisionID string

// DecisionTTL is how long a decision can be looked up by its id.
const DecisionTTL = 30 * 24 * time.Hour

// Decision is a question with all that was known when it was asked: to decide it again
// gives the same verdict.
type Decision struct {
	Org           OrgID
	User          UserID // whom it is about; empty when nobody is known
	At            time.Time
	PolicyVersion int64 // of the org's settings; 0 where they were not asked
	Policy        Policy
	Question      Question
}

// Question is what was asked, and the facts it was asked about.
type Question interface {
	Kind() DecisionKind
	// facts names every setting and fact that may be asked, in a fixed order.
	facts(p *Policy) []fact
	decide(p Policy) Ruling
	changes(p Policy) []Change
	copied() Question
}

// Ruling is the verdict of any kind of question.
type Ruling struct {
	Outcome string
	Granted bool // whether someone gets what they wanted, with nothing more owed
	Reasons []Reason
	asked   map[string]bool
}

// Fact is a setting or something known, by its name.
type Fact struct {
	Name  string
	Value any // bool, int, string, time.Time, time.Duration, or a list or kind of string
}

// fact points to where the value is kept.
type fact struct {
	name string
	at   any
}

func (f fact) value() any { return reflect.ValueOf(f.at).Elem().Interface() }

// NewDecision is an empty decision of a kind, to be filled through Values; nil kinds give
// ErrNotFound.
func NewDecision(kind DecisionKind) (Decision, error) {
	questions := map[DecisionKind]Question{
		DecisionSignIn: &SignInFacts{}, DecisionSession: &SessionFacts{}, DecisionAction: &ActionFacts{},
		DecisionPermission: &PermissionFacts{}, DecisionAllowance: &AllowanceFacts{}, DecisionRank: &RankFacts{},
	}
	if questions[kind] == nil {
		return Decision{}, ErrNotFound
	}
	return Decision{Question: questions[kind]}, nil
}

// Values points to everything that the decision remembers, in a fixed order, for those who
// keep it: *bool, *int, *int64, *time.Time, *time.Duration, or a string or list of strings.
func (d *Decision) Values() []any {
	values := []any{&d.User, &d.At, &d.PolicyVersion}
	for _, f := range d.Question.facts(&d.Policy) {
		values = append(values, f.at)
	}
	return values
}

// Ruling decides the question once more.
func (d Decision) Ruling() Ruling { return d.Question.decide(d.Policy) }

// Facts are those that the rules looked at, as they were.
func (d Decision) Facts() (looked []Fact) {
	names := d.Ruling().asked
	for _, f := range d.Question.facts(&d.Policy) {
		if names[f.name] {
			looked = append(looked, Fact{f.name, f.value()})
		}
	}
	return looked
}

// Decider is the setting or fact that settled it; empty where nothing did.
func (d Decision) Decider() string {
	reasons := d.Ruling().Reasons
	return reasons[len(reasons)-1].Decider
}

// Expired tells whether the decision was made too long ago to be looked up.
func (d Decision) Expired(now time.Time) bool { return !now.Before(d.At.Add(DecisionTTL)) }

// copied is a decision of its own: changing the one leaves the other as it is.
func (d Decision) copied() Decision {
	d.Question = d.Question.copied()
	d.Policy.StepUpActions = slices.Clone(d.Policy.StepUpActions)
	return d
}

func ruling[F any, O ~string](rules []rule[F, O], v Verdict[O], granted O) Ruling {
	return Ruling{string(v.Outcome), v.Outcome == granted, v.Reasons, asked(rules, v.Reasons)}
}

// maxFactBytes bounds the texts that a decision remembers.
const maxFactBytes = 96

// cut shortens a text to limit bytes, between two characters.
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
