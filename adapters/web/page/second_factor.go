package page

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

// NewPassword is what a form for a new password shows.
type NewPassword struct {
	Email     string // of the account, if it is known
	MinLength int
	Strength  string // the path that rates a password: see RatePassword
	Focus     bool   // the new password is the first field
}

// RepeatedPassword refuses a new password that was not typed twice in the same way.
func RepeatedPassword(r *Request) error {
	if r.Secret("new_password").Reveal() == r.Secret("new_password_again").Reveal() {
		return nil
	}
	return domain.Invalid("new_password_again", "is not the same as the password: type the same one twice")
}

// RatePassword answers a script with how strong a password is for an account of the visitor's org.
func (r *Request) RatePassword(visitor domain.Visitor, of auth.PasswordStrengthInput) error {
	opinion, err := r.site.Auth.PasswordStrength.Execute(r.Context(), visitor, of)
	if err != nil {
		return r.Refuse(err)
	}
	advice := make([]string, len(opinion.Faults))
	for i, fault := range opinion.Faults {
		advice[i] = r.Language.Message(fault)
	}
	return r.JSON(map[string]any{
		"score": opinion.Score, "text": r.Language.Text("signin.strength." + strconv.Itoa(opinion.Score)), "faults": advice,
	})
}

// inFours returns a secret in groups of four letters, as people read it aloud.
func inFours(secret string) string {
	var groups []string
	for len(secret) > 4 {
		groups, secret = append(groups, secret[:4]), secret[4:]
	}
	return strings.Join(append(groups, secret), " ")
}

// lines returns one code a line.
func lines(codes []domain.Secret) string {
	shown := make([]string, len(codes))
	for i, code := range codes {
		shown[i] = code.Reveal()
	}
	return strings.Join(shown, "\n")
}

func focusIf(here bool) templ.Attributes {
	if here {
		return templ.Attributes{"autofocus": true}
	}
	return nil
}
