package domain

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Setting declares one setting of an org. Storage, validation, audit events, the API with its description, and the
// manual are all derived from these declarations.
type Setting struct {
	Name     string // in the API, in storage, in audit events and in decisions
	Public   bool   // every member may read it; otherwise only accounts with org_settings.read
	Purpose  string // what it does, in full sentences
	OnChange string // what else a change of it does, in full sentences; may be empty
	Value    SettingValue
}

// SettingValue is the type of a setting, with its default and its bounds: a Switch, a Number,
// a Text, a Choice or an ActionList.
type SettingValue interface {
	// Pointer returns a pointer to the value in s: a *bool, *int, *string or *[]Action.
	Pointer(s *OrgSettings) any
	// Copy sets the value in to as it is in from.
	Copy(to *OrgSettings, from OrgSettings)
	// Display returns the value in s as audit events and previews show it.
	Display(s OrgSettings) string
	// Bounds describes the accepted values within limits, such as "from 0 to 365".
	Bounds(limits ServerLimits) string

	normalize(s *OrgSettings)                         // brings equal values into one form
	reset(s *OrgSettings, limits ServerLimits)        // sets the default
	fault(s *OrgSettings, limits ServerLimits) string // returns what is wrong with the value; empty: nothing
}

// Field finds a value of a type in settings.
type Field[T any] func(s *OrgSettings) *T

// Pointer implements SettingValue.
func (f Field[T]) Pointer(s *OrgSettings) any { return f(s) }

// Copy implements SettingValue.
func (f Field[T]) Copy(to *OrgSettings, from OrgSettings) { *f(to) = *f(&from) }

// Display implements SettingValue.
func (f Field[T]) Display(s OrgSettings) string { return fmt.Sprint(*f(&s)) }

func (Field[T]) normalize(*OrgSettings) {}

// Switch is a setting that is on or off.
type Switch struct {
	Field[bool]

	Default bool
}

// Bounds implements SettingValue.
func (Switch) Bounds(ServerLimits) string { return "true or false" }

func (v Switch) reset(s *OrgSettings, _ ServerLimits)  { *v.Field(s) = v.Default }
func (Switch) fault(*OrgSettings, ServerLimits) string { return "" }

// Number is a setting that counts something.
type Number struct {
	Field[int]

	Default, Min, Max int
	OrZero            bool                   // 0 is accepted, too, below Min
	Floor             func(ServerLimits) int // the server's own minimum, which raises Min and Default; nil: none
}

// Bounds implements SettingValue.
func (v Number) Bounds(limits ServerLimits) string {
	bounds := fmt.Sprintf("from %d to %d", v.least(limits), v.Max)
	if v.OrZero {
		return "0 or " + bounds
	}
	return bounds
}

func (v Number) reset(s *OrgSettings, limits ServerLimits) {
	*v.Field(s) = v.Default
	if v.Floor != nil {
		*v.Field(s) = max(v.Default, v.Floor(limits))
	}
}

func (v Number) fault(s *OrgSettings, limits ServerLimits) string {
	value := *v.Field(s)
	if value == 0 && v.OrZero || value >= v.least(limits) && value <= v.Max {
		return ""
	}
	return "must be " + v.Bounds(limits)
}

func (v Number) least(limits ServerLimits) int {
	if v.Floor == nil {
		return v.Min
	}
	return max(v.Min, v.Floor(limits))
}

// Text is a setting with words of a given form.
type Text struct {
	Field[string]

	Default   string
	MaxLength int    // characters
	Form      string // for people, after "must be"
	Valid     func(string) bool
}

// Bounds implements SettingValue.
func (v Text) Bounds(ServerLimits) string { return v.Form }

func (v Text) reset(s *OrgSettings, _ ServerLimits) { *v.Field(s) = v.Default }

func (v Text) fault(s *OrgSettings, _ ServerLimits) string {
	if text := *v.Field(s); utf8.RuneCountInString(text) <= v.MaxLength && v.Valid(text) {
		return ""
	}
	return "must be " + v.Form
}

// Choice is a setting with one of a few words. The first one is the default.
type Choice struct {
	Field[string]

	Words []string
}

// Bounds implements SettingValue.
func (v Choice) Bounds(ServerLimits) string {
	last := len(v.Words) - 1
	return strings.Join(v.Words[:last], ", ") + " or " + v.Words[last]
}

func (v Choice) reset(s *OrgSettings, _ ServerLimits) { *v.Field(s) = v.Words[0] }

func (v Choice) fault(s *OrgSettings, limits ServerLimits) string {
	if slices.Contains(v.Words, *v.Field(s)) {
		return ""
	}
	return "must be " + v.Bounds(limits)
}

// ActionList is a setting that lists actions. It is empty by default.
type ActionList struct{ Field[[]Action] }

// Bounds implements SettingValue.
func (ActionList) Bounds(ServerLimits) string { return "a list of actions" }

// normalize removes repetitions and orders the actions as Actions does. Unknown actions stay, so that fault finds them.
func (v ActionList) normalize(s *OrgSettings) {
	actions := *v.Field(s)
	ordered := slices.DeleteFunc(Actions(), func(a Action) bool { return !slices.Contains(actions, a) })
	for _, action := range actions {
		if !action.Known() {
			ordered = append(ordered, action)
		}
	}
	if len(ordered) == 0 {
		ordered = nil
	}
	*v.Field(s) = ordered
}

func (v ActionList) reset(s *OrgSettings, _ ServerLimits) { *v.Field(s) = nil }

func (v ActionList) fault(s *OrgSettings, _ ServerLimits) string {
	if slices.ContainsFunc(*v.Field(s), func(a Action) bool { return !a.Known() }) {
		return "lists an action that does not exist"
	}
	return ""
}
