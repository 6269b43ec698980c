package console

import (
	"strings"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/domain"
)

var serviceAccountsLink = page.Link{
	Path: "/console/service-accounts", Text: "nav.service_accounts", Needs: serviceaccounts.ListNeeds,
}

func (p Pages) mountServiceAccounts(t *page.Table) {
	const list, one = "/console/service-accounts", "/console/service-accounts/:id"
	t.Signed("GET "+list, serviceaccounts.ListNeeds, p.listServiceAccounts)
	t.Signed("GET "+list+"/new", serviceaccounts.CreateNeeds, p.newServiceAccount)
	t.Signed("POST "+list+"/new", serviceaccounts.CreateNeeds, p.createServiceAccount)
	t.Signed("GET "+one, serviceaccounts.GetNeeds, p.showServiceAccount)
	t.Signed("GET "+one+"/edit", serviceaccounts.UpdateNeeds, p.editServiceAccount)
	t.Signed("POST "+one+"/edit", serviceaccounts.UpdateNeeds, p.updateServiceAccount)
	t.Signed("GET "+one+"/roles", serviceaccounts.UpdateNeeds, p.editServiceAccountRoles)
	t.Signed("POST "+one+"/roles", serviceaccounts.UpdateNeeds, p.giveServiceAccountRoles)
	t.Signed("POST "+one+"/suspend", serviceaccounts.SuspendNeeds, p.suspendServiceAccount)
	t.Signed("POST "+one+"/activate", serviceaccounts.ActivateNeeds, p.activateServiceAccount)
	t.Signed("GET "+one+"/remove", serviceaccounts.RemoveNeeds, p.askServiceAccountRemoval)
	t.Signed("POST "+one+"/remove", serviceaccounts.RemoveNeeds, p.removeServiceAccount)
	p.mountAPIKeys(t)
}

// serviceAccountID returns the id of the service account that the path names.
func serviceAccountID(r *page.Request) (domain.ServiceAccountID, error) {
	return domain.ParseID[domain.ServiceAccountID](r.Param("id"))
}

// serviceAccountPath returns the path of the page of a service account.
func serviceAccountPath(id domain.ServiceAccountID) string {
	return serviceAccountsLink.Path + "/" + string(id)
}

// serviceAccountsAtOnce is how many service accounts one page of the list shows.
const serviceAccountsAtOnce = 25

// serviceAccountList is a page of the service accounts.
type serviceAccountList struct {
	found []serviceAccountView
	next  string // path of the next page; empty on the last one
}

func (p Pages) listServiceAccounts(r *page.Request) error {
	list := page.List{Name: "service_accounts"}
	var after domain.ServiceAccountID
	if err := r.After(list, &after); err != nil {
		return err
	}
	found, more, err := p.ServiceAccounts.ListOverviews.Execute(r.Context(), r.Caller, serviceaccounts.ListInput{
		After: after, Limit: serviceAccountsAtOnce,
	})
	if err != nil {
		return err
	}
	var view serviceAccountList
	for _, overview := range found {
		view.found = append(view.found, viewOf(r, overview))
	}
	if more {
		if view.next, err = r.Next(list, found[len(found)-1].Account.ID); err != nil {
			return err
		}
	}
	return r.Show(200, serviceAccountListPage(view))
}

// findServiceAccount returns the service account that the path names.
func (p Pages) findServiceAccount(r *page.Request) (serviceAccountView, error) {
	id, err := serviceAccountID(r)
	if err != nil {
		return serviceAccountView{}, err
	}
	found, err := p.ServiceAccounts.Overview.Execute(r.Context(), r.Caller, id)
	return viewOf(r, found), err
}

func (p Pages) showServiceAccount(r *page.Request) error { return p.showServiceAccountWith(r, nil) }

func (p Pages) showServiceAccountWith(r *page.Request, shown *page.Errors) error {
	view, err := p.findServiceAccount(r)
	if err != nil {
		return err
	}
	view.errors = shown
	return r.Show(shown.Status(), serviceAccountPage(view))
}

// refuseOnServiceAccount shows the page of the account with the reason why an action was refused.
func (p Pages) refuseOnServiceAccount(r *page.Request, err error) error {
	shown := r.Errors(err)
	if shown.Interrupts() || shown.Is(domain.CodeNotFound) {
		return err
	}
	return p.showServiceAccountWith(r, shown)
}

func (p Pages) suspendServiceAccount(r *page.Request) error {
	id, err := serviceAccountID(r)
	if err != nil {
		return err
	}
	if err := p.ServiceAccounts.Suspend.Execute(r.Context(), r.Caller, id); err != nil {
		return p.refuseOnServiceAccount(r, err)
	}
	return r.Done(serviceAccountPath(id), "service_account_suspended")
}

func (p Pages) activateServiceAccount(r *page.Request) error {
	id, err := serviceAccountID(r)
	if err != nil {
		return err
	}
	if err := p.ServiceAccounts.Activate.Execute(r.Context(), r.Caller, id); err != nil {
		return p.refuseOnServiceAccount(r, err)
	}
	return r.Done(serviceAccountPath(id), "service_account_activated")
}

// serviceAccountRemoval is the question whether to remove a service account.
type serviceAccountRemoval struct {
	serviceAccountView

	confirmed   string // the name that was typed to confirm it
	unconfirmed bool
}

func (p Pages) askServiceAccountRemoval(r *page.Request) error {
	view, err := p.findServiceAccount(r)
	if err != nil {
		return err
	}
	return r.Show(200, removeServiceAccount(serviceAccountRemoval{serviceAccountView: view}))
}

// removeServiceAccount removes the account if its name was typed.
func (p Pages) removeServiceAccount(r *page.Request) error {
	view, err := p.findServiceAccount(r)
	if err != nil {
		return err
	}
	removal := serviceAccountRemoval{serviceAccountView: view, confirmed: r.Field("confirm")}
	if !strings.EqualFold(removal.confirmed, view.Account.Name) {
		removal.unconfirmed = true
		return r.Show(422, removeServiceAccount(removal))
	}
	if err := p.ServiceAccounts.Remove.Execute(r.Context(), r.Caller, view.Account.ID, nil); err != nil {
		return p.refuseOnServiceAccount(r, err)
	}
	return r.Done(serviceAccountsLink.Path, "service_account_removed")
}
