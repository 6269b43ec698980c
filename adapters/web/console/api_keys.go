package console

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/domain"
)

func (p Pages) mountAPIKeys(t *page.Table) {
	const path = "/console/service-accounts/:id/keys"
	t.Signed("GET "+path+"/new", serviceaccounts.CreateKeyNeeds, p.newAPIKey)
	t.Signed("POST "+path+"/new", serviceaccounts.CreateKeyNeeds, p.createAPIKey)
	t.Signed("POST "+path+"/:key/revoke", serviceaccounts.RevokeKeyNeeds, p.revokeAPIKey)
}

// keyForm is a new API key as somebody describes it.
type keyForm struct {
	serviceAccountView

	name, days, networks string // networks: one per line
}

func (p Pages) newAPIKey(r *page.Request) error {
	view, err := p.findServiceAccount(r)
	if err != nil {
		return err
	}
	return r.Show(200, newAPIKey(keyForm{serviceAccountView: view, days: strconv.Itoa(domain.DefaultKeyDays)}))
}

// createdKey is a key that the page which answers the form shows once.
type createdKey struct {
	serviceAccountView
	serviceaccounts.CreateKeyResult

	service string // URL of the service
}

// createAPIKey shows the key on the page that answers the form, because nothing can show it again.
func (p Pages) createAPIKey(r *page.Request) error {
	view, err := p.findServiceAccount(r)
	if err != nil {
		return err
	}
	form := keyForm{serviceAccountView: view, name: r.Field("name"), days: r.Field("days"), networks: r.Field("networks")}
	made, err := p.ServiceAccounts.CreateKey.Execute(r.Context(), r.Caller, view.Account.ID, form.input())
	if err == nil {
		return r.Show(201, apiKeyCreated(createdKey{serviceAccountView: view, CreateKeyResult: made, service: r.Site().PublicURL}))
	}
	if form.errors = r.Errors(err); form.errors.Interrupts() {
		return err
	}
	return r.Show(form.errors.Status(), newAPIKey(form))
}

// input returns what was entered. A number of days that is none is 0, which the use case refuses.
func (f keyForm) input() serviceaccounts.CreateKeyInput {
	in := serviceaccounts.CreateKeyInput{Name: f.name, Networks: strings.Fields(f.networks)}
	in.Days, _ = strconv.Atoi(f.days)
	return in
}

func (p Pages) revokeAPIKey(r *page.Request) error {
	id, err := serviceAccountID(r)
	if err != nil {
		return err
	}
	key, err := domain.ParseID[domain.APIKeyID](r.Param("key"))
	if err != nil {
		return err
	}
	if err := p.ServiceAccounts.RevokeKey.Execute(r.Context(), r.Caller, id, key); err != nil {
		return p.refuseOnServiceAccount(r, err)
	}
	return r.Done(serviceAccountPath(id), "api_key_revoked")
}

// bearerExample is a command that sends a request with the key, which it takes from a variable.
func (k createdKey) bearerExample() string {
	return fmt.Sprintf(`curl -H "Authorization: Bearer $SOLE_API_KEY" %s/api/v1/me`, k.service)
}

// tokenExample is a command that exchanges the key for an access token.
func (k createdKey) tokenExample() string {
	return fmt.Sprintf("curl -d grant_type=client_credentials -u \"%s:$SOLE_API_KEY\" \\\n  %s/oauth2/token", k.Account.ID, k.service)
}

// networkError returns what is wrong with the networks, each with its line.
func (f keyForm) networkError() string {
	if text := f.errors.Of("allowed_networks"); text != "" {
		return text
	}
	var faults []string
	for i, network := range f.input().Networks {
		if text := f.errors.Of(fmt.Sprintf("allowed_networks[%d]", i)); text != "" {
			faults = append(faults, network+": "+text)
		}
	}
	return strings.Join(faults, " ")
}
