// Package zxcvbn judges passwords. It finds common ones in a list and estimates how many guesses any other needs, with the
// method of zxcvbn (Wheeler, USENIX Security 2016).
package zxcvbn

import (
	"math"

	"github.com/trustelem/zxcvbn"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Judge implements port.PasswordJudge. The zero value is ready to use and safe for concurrent use.
type Judge struct{}

var _ port.PasswordJudge = Judge{}

// Judge implements port.PasswordJudge. It examines only the beginning of the password (see excerpt), because what follows
// cannot make it weaker.
func (Judge) Judge(password domain.Secret, known []string) port.PasswordVerdict {
	defer words.open()()
	text := password.Reveal()
	estimate := zxcvbn.PasswordStrength(excerpt(text), excerpts(known))
	warning, suggestions := advise(estimate)
	return port.PasswordVerdict{
		Common: isCommon(text, words.common), Score: estimate.Score, GuessesLog10: math.Log10(max(estimate.Guesses, 1)),
		Warning: warning, Suggestions: suggestions,
	}
}
