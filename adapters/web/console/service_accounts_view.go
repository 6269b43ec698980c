package console

import (
	"time"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/domain"
)

// serviceAccountView is a service account as its page shows it to a caller.
type serviceAccountView struct {
	serviceaccounts.OverviewResult

	caller domain.Caller
	now    time.Time
	errors *page.Errors
}

func viewOf(r *page.Request, found serviceaccounts.OverviewResult) serviceAccountView {
	return serviceAccountView{OverviewResult: found, caller: r.Caller, now: r.Site().Clock()}
}

// may reports whether the caller may do to the account what has these needs.
func (v serviceAccountView) may(needs proof.Needs) bool {
	return needs.Check(v.caller) == nil && !v.above()
}

// mayGive reports whether the caller may choose the roles of service accounts, as only accounts of their org do.
func (v serviceAccountView) mayGive() bool {
	return v.may(serviceaccounts.UpdateNeeds) && !v.caller.ActingFor()
}

// mayListKeys reports whether the caller may see the keys of the account.
func (v serviceAccountView) mayListKeys() bool {
	return serviceaccounts.ListKeysNeeds.Check(v.caller) == nil
}

// above reports whether the account has roles that permit what the caller cannot do.
func (v serviceAccountView) above() bool { return !v.caller.Outranks(v.Account.Roles) }

// granter returns the name of the account from which the permissions come.
func (v serviceAccountView) granter(l *locale.Language) string {
	switch {
	case v.Account.GrantedBy == v.caller.User.ID:
		return l.Text("service_accounts.you")
	case v.Granter.ID == "":
		return l.Text("service_accounts.gone")
	}
	return v.Granter.FullName
}

// warning says why the account can do less than its roles permit, or is "".
func (v serviceAccountView) warning(l *locale.Language) string {
	switch {
	case len(v.Missing) == 0:
		return ""
	case v.Granter.ID == "":
		return l.Text("service_accounts.warn.gone")
	case !v.Granter.Active():
		return l.Text("service_accounts.warn.suspended", "name", v.Granter.FullName)
	}
	return l.Text("service_accounts.warn.bounded", "name", v.Granter.FullName, "count", len(v.Missing))
}

// limit returns the key of the word for an account that can do less than its roles permit, or "".
func (v serviceAccountView) limit() string {
	switch {
	case len(v.Missing) == 0:
		return ""
	case len(v.Effective) == 0:
		return "service_accounts.powerless"
	}
	return "service_accounts.bounded"
}

// lastUsed returns when a key of the account was last used; the zero time: never.
func (v serviceAccountView) lastUsed() (last time.Time) {
	for _, key := range v.Keys {
		if key.LastUsedAt.After(last) {
			last = key.LastUsedAt
		}
	}
	return last
}

// expiryWarning is how long before its end a key is said to expire soon.
const expiryWarning = 14 * 24 * time.Hour

// expiresSoon reports whether a key ends within expiryWarning, or has ended.
func (v serviceAccountView) expiresSoon(key domain.APIKey) bool {
	return key.Expired(v.now.Add(expiryWarning))
}

// expiring returns how many keys end soon, or have ended.
func (v serviceAccountView) expiring() (count int) {
	for _, key := range v.Keys {
		if v.expiresSoon(key) {
			count++
		}
	}
	return count
}

// actions returns what the caller can do to the account, besides changing it and its keys.
func (v serviceAccountView) actions() (offered []deed) {
	if !v.Account.Active() && v.may(serviceaccounts.ActivateNeeds) {
		offered = append(offered, deed{name: "activate", path: "/activate"})
	}
	if v.Account.Active() && v.may(serviceaccounts.SuspendNeeds) {
		offered = append(offered, deed{name: "suspend", path: "/suspend", danger: true, confirms: true})
	}
	if v.may(serviceaccounts.RemoveNeeds) {
		offered = append(offered, deed{name: "remove", path: "/remove", danger: true, asks: true})
	}
	return offered
}
