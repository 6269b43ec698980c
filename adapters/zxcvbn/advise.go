package zxcvbn

import (
	"strings"

	"github.com/trustelem/zxcvbn"
	"github.com/trustelem/zxcvbn/match"
)

// good is the score from which a password needs no advice.
const good = 3

// advise returns a warning about the longest part of the password that follows a pattern, and suggestions how to improve the
// password. A good password has none.
func advise(estimate zxcvbn.Result) (warning string, suggestions []string) {
	if estimate.Score >= good {
		return "", nil
	}
	suggestions = []string{"Use several words that have nothing to do with each other."}
	longest := &match.Match{}
	for _, part := range estimate.Sequence {
		if part.Pattern != "bruteforce" && len(part.Token) > len(longest.Token) {
			longest = part
		}
	}
	warning, suggestion := adviceOn(longest, len(estimate.Sequence) == 1)
	if suggestion != "" {
		suggestions = append(suggestions, suggestion)
	}
	return warning, suggestions
}

func adviceOn(part *match.Match, alone bool) (warning, suggestion string) {
	switch part.Pattern {
	case "dictionary":
		return dictionaryWarning(part, alone), dictionarySuggestion(part)
	case "spatial":
		return "Neighbouring keys are easy to guess.", "Use a longer pattern of keys with more turns."
	case "repeat":
		return "Repeats such as \"aaa\" or \"abcabc\" are easy to guess.", "Do not repeat words or characters."
	case "sequence":
		return "Sequences such as \"abc\" or \"6543\" are easy to guess.", "Avoid sequences."
	case "regex":
		return "Recent years are easy to guess.", "Avoid years that are connected with you."
	case "date":
		return "Dates are easy to guess.", "Avoid dates and years that are connected with you."
	}
	return "", "" // the password is only too short
}

func dictionaryWarning(part *match.Match, alone bool) string {
	switch part.DictionaryName {
	case "passwords":
		if alone && !part.L33t && !part.Reversed {
			return "This is a common password."
		}
		return "This is similar to a common password."
	case "user_inputs":
		return "Words that belong to the account are guessed first."
	case "surnames", "male_names", "female_names":
		return "Names are easy to guess."
	}
	if alone {
		return "A word by itself is easy to guess."
	}
	return "Common words are easy to guess."
}

func dictionarySuggestion(part *match.Match) string {
	switch {
	case part.L33t:
		return "Symbols in place of letters, such as @ for a, do not help much."
	case part.Reversed:
		return "Words spelt backwards do not help much."
	case strings.ToLower(part.Token) != part.Token:
		return "Capital letters do not help much."
	}
	return ""
}
