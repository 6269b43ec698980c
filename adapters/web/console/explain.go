package console

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/domain"
)

// explainLink leads auditors to the explanation of decisions. Everybody else follows the links of refusals.
var explainLink = page.Link{Path: "/console/explain", Text: "nav.explain", Needs: audit.ListNeeds}

func (p Pages) mountExplain(t *page.Table) {
	t.Signed("GET /console/explain", proof.SignedIn, p.explain)
}

// explainView is a question about a decision, and its answer.
type explainView struct {
	decision            string // id of a decision that was made
	account, permission string // a decision to be made now
	auditor             bool   // the caller may ask about every account
	answer              *authz.Explanation
	about               string // name of the account that the decision is about; empty if it is unknown
	aboutPath           string // of its page; empty for an account whose page the caller may not open
	errors              *page.Errors
}

// asked reports whether the query has a question.
func (v explainView) asked() bool { return v.decision != "" || v.permission != "" }

func (p Pages) explain(r *page.Request) error {
	view := explainView{
		decision: strings.TrimSpace(r.Query("decision")), account: strings.TrimSpace(r.Query("account")), permission: r.Query("permission"),
		auditor: audit.ListNeeds.Check(r.Caller) == nil,
	}
	if !view.asked() {
		return r.Show(200, explainPage(view))
	}
	answer, err := p.answer(r, view)
	if view.errors = r.Errors(err); err != nil {
		if view.errors.Interrupts() {
			return err
		}
		return r.Show(view.errors.Status(), explainPage(view))
	}
	view.answer = &answer
	view.about, view.aboutPath = p.accountOf(r, answer)
	return r.Show(200, explainPage(view))
}

// accountOf returns the name of the account that a decision is about, and the path of its page. Both are empty for an
// account that was removed or that the caller may not see.
func (p Pages) accountOf(r *page.Request, answer authz.Explanation) (name, path string) {
	if answer.User == "" {
		return "", ""
	}
	if members.GetNeeds.Check(r.Caller) == nil {
		if found, err := p.Members.Get.Execute(r.Context(), r.Caller, answer.User); err == nil {
			return found.FullName, memberPath(found.ID)
		}
	}
	if serviceaccounts.GetNeeds.Check(r.Caller) == nil {
		found, err := p.ServiceAccounts.Get.Execute(r.Context(), r.Caller, domain.ServiceAccountID(answer.User))
		if err == nil {
			return found.Name, serviceAccountPath(found.ID)
		}
	}
	if answer.User == r.Caller.User.ID {
		return r.Caller.User.FullName, ""
	}
	return "", ""
}

func (p Pages) answer(r *page.Request, view explainView) (authz.Explanation, error) {
	if view.decision != "" {
		return p.Authz.Explain.Execute(r.Context(), r.Caller, domain.DecisionID(view.decision))
	}
	return p.Authz.CheckPermission.Execute(r.Context(), r.Caller, authz.CheckPermissionInput{
		Permission: domain.Permission(view.permission), Account: view.account,
	})
}

// asked returns the facts that say what a decision is about.
func asked(e authz.Explanation) []domain.Fact {
	return slices.DeleteFunc(slices.Clone(e.Facts), func(fact domain.Fact) bool {
		return !slices.Contains([]string{"permission", "action", "setting"}, fact.Name)
	})
}

func permissionChoices(l *locale.Language) []page.Choice {
	choices := []page.Choice{}
	for _, permission := range domain.Permissions() {
		choices = append(choices, page.Choice{Value: string(permission), Text: l.Text("permission." + string(permission))})
	}
	return choices
}

// factName returns the name of a fact, a setting or what decided.
func factName(l *locale.Language, name string) string {
	if l.Has("fact." + name) {
		return l.Text("fact." + name)
	}
	return l.Text("setting." + name)
}

// factWords are the areas of texts for facts whose value is a word.
var factWords = map[string]string{
	"action": "action.", "permission": "permission.", "setting": "setting.", "session.end_reason": "reason.",
	"phishing_resistant": "choice.phishing_resistant.", "lacked": "permission.", "account.roles": "role.",
}

// factValue returns the value of a fact in words.
func factValue(l *locale.Language, fact domain.Fact) string {
	switch v := fact.Value.(type) {
	case bool:
		if v {
			return l.Text("explain.yes")
		}
		return l.Text("explain.no")
	case int:
		return l.Number(v)
	case time.Time:
		if v.IsZero() {
			return l.Text("explain.nothing")
		}
		return l.DateTime(v)
	case time.Duration:
		return l.Duration(v)
	case domain.DeviceVerdict:
		return deviceWord(l, v)
	case []domain.AMR:
		return wordsOf(l, "amr.", v)
	case []domain.Action:
		return wordsOf(l, "action.", v)
	}
	return factText(l, factWords[fact.Name], fmt.Sprint(fact.Value))
}

func deviceWord(l *locale.Language, verdict domain.DeviceVerdict) string {
	if verdict == domain.DeviceNone {
		return l.Text("device.none")
	}
	return l.Text("device." + string(verdict))
}

func wordsOf[T ~string](l *locale.Language, area string, values []T) string {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = string(value)
	}
	return factText(l, area, strings.Join(names, ", "))
}

// factText returns a word, or a list of words, of an area of texts. Without an area, the value is shown as it is.
func factText(l *locale.Language, area, value string) string {
	switch {
	case value == "":
		return l.Text("explain.nothing")
	case area == "":
		return value
	}
	return inWords(l, area, value)
}
