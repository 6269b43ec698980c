// Package zxcvbn judges passwords: it knows the common ones and estimates how many guesses
// any other takes, by the method of zxcvbn (Wheeler, USENIX Security 2016).
package zxcvbn

import (
	"math"

	"github.com/trustelem/zxcvbn"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Judge is ready to use and safe for concurrent use.
type Judge struct{}

var _ port.PasswordJudge = Judge{}

// Judge looks at the password's beginning only, see excerpt: what follows can make it no
// weaker.
func (Judge) Judge(password domain.Secret, known []string) port.PasswordVerdict {
	text := password.Reveal()
	estimate := zxcvbn.PasswordStrength(excerpt(text), excerpts(known))
	warning, suggestions := advise(estimate)
	return port.PasswordVerdict{
		Common: common(text), Score: estimate.Score, GuessesLog10: math.Log10(max(estimate.Guesses, 1)),
		Warning: warning, Suggestions: suggestions,
	}
}
