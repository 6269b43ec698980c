package account

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/domain"
)

// pictures are the files that a person can choose as a picture.
var pictures = templ.Attributes{"accept": "image/png,image/jpeg,image/gif,image/webp"}

// atMost limits the length of a field, in characters.
func atMost(length string) templ.Attributes { return templ.Attributes{"maxlength": length} }

// onlyForm returns the errors if they are about a form as a whole, and nil if they are shown at one of its fields.
func onlyForm(errors *page.Errors, field string) *page.Errors {
	if errors.Of(field) != "" {
		return nil
	}
	return errors
}

// typed returns what was typed into a field, or its value if the form was not sent.
func typed(r *page.Request, field, value string) string {
	if r.Posted(field) {
		return r.Field(field)
	}
	return value
}

func languageChoices() (choices []page.Choice) {
	for _, language := range locale.Languages() {
		choices = append(choices, page.Choice{Value: language.Tag(), Text: language.Name()})
	}
	return choices
}

// browserName names the browser of a User-Agent header in words.
func browserName(r *page.Request, header string) string {
	switch browser, system := r.Site().Browser(header); {
	case browser == "":
		return r.Language.Text("account.browser_unknown")
	case system == "":
		return browser
	default:
		return r.Language.Text("account.browser", "browser", browser, "system", system)
	}
}

// methods says in words how somebody has signed in.
func methods(language *locale.Language, amr []domain.AMR) string {
	words := make([]string, len(amr))
	for i, method := range amr {
		words[i] = language.Text("amr." + string(method))
	}
	return strings.Join(words, ", ")
}

// refusedOf returns the errors of the form that renames the device, if there are any.
func refusedOf(shown signedIn, device domain.Device) *page.Errors {
	if shown.renaming == device.ID {
		return shown.refused
	}
	return nil
}

// nameTyped returns the name that was refused, or the stored one.
func nameTyped(r *page.Request, stored string, refused *page.Errors) string {
	if refused != nil {
		return r.Field("name")
	}
	return stored
}

// passkeyRefused returns the errors of the form that renames the passkey, if there are any.
func passkeyRefused(shown proofs, passkey mfa.Passkey) *page.Errors {
	if shown.renaming == passkey.ID {
		return shown.refused
	}
	return nil
}

// factorSince returns when the first factor of a kind was set up.
func factorSince(factors domain.Factors, kind domain.FactorKind) (since time.Time) {
	for _, each := range factors {
		if each.Kind == kind {
			return each.EnrolledAt
		}
	}
	return since
}

// passwordFailure returns the errors of a form for a new password, unless they stand at its fields.
func passwordFailure(errors *page.Errors) *page.Errors {
	return onlyForm(onlyForm(errors, "new_password"), "new_password_again")
}
