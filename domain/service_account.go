package domain

import (
	"slices"
	"time"
)

// MaxServiceAccounts is the largest number of service accounts in an org.
const MaxServiceAccounts = 200

// ServiceAccount is an account of a program. It signs in to nothing: its requests carry an API key, or an access token that
// was issued for one.
type ServiceAccount struct {
	ID          ServiceAccountID
	Name        string // unique in the org, whatever its letter case
	Description string
	Status      Status
	Roles       []Role
	// GrantedBy is the account that last chose the roles. The service account never has more permissions than that account
	// has at the time of a request.
	GrantedBy UserID
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64
}

// Active reports whether the service account is not suspended.
func (a ServiceAccount) Active() bool { return a.Status == StatusActive }

// Granter is what the account that chose the roles of a service account can do now. The zero value is an account that was
// removed, which can do nothing.
type Granter struct {
	Active bool
	Roles  []Role
}

// Bounded returns the roles with only those of their permissions that allowed contains. No role is a system role any more,
// so that none grants more than it lists.
func Bounded(roles []Role, org Org, allowed []Permission) []Role {
	bounded := make([]Role, len(roles))
	for i, role := range roles {
		bounded[i] = role
		bounded[i].System = false
		bounded[i].Granted = slices.DeleteFunc(role.Permissions(org), func(p Permission) bool {
			return p.Platform() || !slices.Contains(allowed, p)
		})
	}
	return bounded
}

// ServicePrincipal returns the principal of a service account: its roles, bounded by what the granter can do now. key is
// the API key of the request; it is zero when only the account is looked at.
func ServicePrincipal(org Org, settings OrgSettings, account ServiceAccount, granter Granter, key APIKey) Principal {
	var allowed []Permission
	if granter.Active {
		allowed = PermissionsOf(granter.Roles, org)
	}
	return Principal{
		Org: org, Settings: settings, Type: ActorServiceAccount, Key: key,
		User: User{
			ID: UserID(account.ID), FullName: account.Name, Status: account.Status, CreatedAt: account.CreatedAt,
			UpdatedAt: account.UpdatedAt, Version: account.Version,
		},
		Roles: Bounded(account.Roles, org, allowed),
	}
}
