package proof

import (
	"context"
	"strings"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// minScore is the lowest estimate that a password may have. Below it a few hundred thousand
// guesses are enough, so that only the lock stands between it and a patient stranger.
const minScore = 2

// NewPassword accepts passwords that are to be set, and hashes them.
type NewPassword struct {
	Hasher port.PasswordHasher
	Judge  port.PasswordJudge
	Limits domain.ServerLimits
}

// Opinion is what there is to say about a password; without faults it is acceptable.
type Opinion struct {
	port.PasswordVerdict
	Faults []string // each with what to do
}

// Hash refuses what Examine finds fault with, and the current password itself; an account
// that has none gives the empty hash. Nothing is hashed before the cheap checks passed.
func (n NewPassword) Hash(ctx context.Context, password domain.Secret, current domain.PasswordHash, user domain.User, org domain.Org, settings domain.OrgSettings) (domain.PasswordHash, error) {
	if opinion := n.Examine(password, user, org, settings); len(opinion.Faults) > 0 {
		return "", domain.RefusePassword(opinion.Faults)
	}
	if current != "" {
		same, _, err := n.Hasher.Verify(ctx, current, password)
		if err != nil {
			return "", err
		}
		if same {
			return "", domain.RefusePassword([]string{"must differ from the current password: choose another"})
		}
	}
	return n.Hasher.Hash(ctx, password)
}

// Examine applies the rules of the org, and asks the judge unless the password is longer
// than any may be.
func (n NewPassword) Examine(password domain.Secret, user domain.User, org domain.Org, settings domain.OrgSettings) Opinion {
	opinion := Opinion{Faults: domain.PasswordFaults(password, settings.Policy(n.Limits).PasswordMinLength, user, org)}
	if len(password.Reveal()) > domain.MaxPasswordBytes {
		return opinion
	}
	opinion.PasswordVerdict = n.Judge.Judge(password, domain.PasswordContext(user, org))
	switch {
	case opinion.Common:
		opinion.Faults = append(opinion.Faults, "must not be one of the common passwords, even with a few digits or symbols added: choose one that nobody else uses")
	case opinion.Score < minScore:
		opinion.Faults = append(opinion.Faults, "must be harder to guess: "+advice(opinion.PasswordVerdict))
	}
	return opinion
}

// advice is the judge's own words.
func advice(v port.PasswordVerdict) string {
	words := v.Suggestions
	if v.Warning != "" {
		words = append([]string{v.Warning}, words...)
	}
	if len(words) == 0 {
		return "choose a longer one"
	}
	return strings.Join(words, " ")
}
