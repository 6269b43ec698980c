package proof

import (
	"context"
	"strings"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// minScore is the lowest estimate that is accepted. A password below it is found in a few hundred
// thousand guesses, so that only the lock of the account would protect it.
const minScore = 2

// NewPassword decides whether a password may be set, and hashes it.
type NewPassword struct {
	Hasher port.PasswordHasher
	Judge  port.PasswordJudge
	Limits domain.ServerLimits
}

// Opinion is the result of an examination. A password without faults is acceptable.
type Opinion struct {
	port.PasswordVerdict
	Faults []string // each says what to do instead
}

// PasswordOwner is the account that a password is for.
type PasswordOwner struct {
	User     domain.User
	Org      domain.Org
	Settings domain.OrgSettings
}

// Hash returns the hash of an acceptable password. It refuses a password that Examine finds fault
// with, and the one that the owner has now. Nothing is hashed before the cheap checks have passed.
func (n NewPassword) Hash(ctx context.Context, password domain.Secret, owner PasswordOwner) (domain.PasswordHash, error) {
	if opinion := n.Examine(password, owner); len(opinion.Faults) > 0 {
		return "", domain.RefusePassword(opinion.Faults)
	}
	if current := owner.User.Password; current != "" {
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

// Examine applies the rules of the org. Unless the password is longer than any may be, it also asks
// the judge.
func (n NewPassword) Examine(password domain.Secret, owner PasswordOwner) Opinion {
	minLength := owner.Settings.Policy(n.Limits).PasswordMinLength
	opinion := Opinion{Faults: domain.PasswordFaults(password, minLength, owner.User, owner.Org)}
	if len(password.Reveal()) > domain.MaxPasswordBytes {
		return opinion
	}
	opinion.PasswordVerdict = n.Judge.Judge(password, domain.PasswordContext(owner.User, owner.Org))
	switch {
	case opinion.Common:
		const fault = "must not be one of the common passwords, even with a few digits or symbols added: choose one that nobody else uses"
		opinion.Faults = append(opinion.Faults, fault)
	case opinion.Score < minScore:
		opinion.Faults = append(opinion.Faults, "must be harder to guess: "+advice(opinion.PasswordVerdict))
	}
	return opinion
}

// advice returns the suggestions of the judge.
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
