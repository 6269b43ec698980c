package domain

import (
	"slices"
	"strings"
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

// NameKey returns the same text for names that differ only in letter case.
func (a ServiceAccount) NameKey() string { return strings.ToLower(a.Name) }

// ServiceAccountDraft holds the values of a new service account.
type ServiceAccountDraft struct {
	Name        string
	Description string
	Roles       []Role
	GrantedBy   UserID
}

// ServiceAccountChange holds the new values of a service account. A nil field leaves the value unchanged.
type ServiceAccountChange struct {
	Name        *string
	Description *string
	Roles       *[]Role
	GrantedBy   UserID // the account that chooses the roles
}

// NewServiceAccount returns an active service account. Its name follows the rules for names of roles. It returns
// ErrInvalid for the role owner and for roles with permissions of the platform.
func NewServiceAccount(id ServiceAccountID, draft ServiceAccountDraft, now time.Time) (ServiceAccount, error) {
	account := ServiceAccount{ID: id, Status: StatusActive, CreatedAt: now, Version: 1}
	return account.Changed(ServiceAccountChange{
		Name: &draft.Name, Description: &draft.Description, Roles: &draft.Roles, GrantedBy: draft.GrantedBy,
	}, now)
}

// Changed returns the account with the change applied. It returns the errors of NewServiceAccount.
func (a ServiceAccount) Changed(change ServiceAccountChange, now time.Time) (ServiceAccount, error) {
	next := a
	if change.Name != nil {
		name, err := parseRoleName(*change.Name)
		if err != nil {
			return a, err
		}
		next.Name = name
	}
	if change.Description != nil {
		if next.Description = strings.TrimSpace(*change.Description); !isDescription(next.Description) {
			return a, Invalid("description", descriptionRule)
		}
	}
	if change.Roles != nil {
		if slices.ContainsFunc(*change.Roles, Role.personOnly) {
			return a, Invalid("roles", "must contain neither owner nor a role with a permission of the platform: only people have those")
		}
		next.Roles, next.GrantedBy = *change.Roles, change.GrantedBy
	}
	next.UpdatedAt = now
	return next, nil
}

// personOnly reports whether no service account can hold the role.
func (r Role) personOnly() bool {
	return IsOwner([]Role{r}) || !r.System && slices.ContainsFunc(r.Granted, Permission.Platform)
}

// Equal reports whether the values that administrators choose are the same, and chosen by the same account.
func (a ServiceAccount) Equal(other ServiceAccount) bool { return len(a.Differences(other)) == 0 }

// Differences returns the values that differ, as "before -> after", by name.
func (a ServiceAccount) Differences(next ServiceAccount) map[string]string {
	return differences(map[string][2]string{
		"name": {a.Name, next.Name}, "description": {a.Description, next.Description},
		"roles": {RoleNames(a.Roles), RoleNames(next.Roles)}, "granted_by": {string(a.GrantedBy), string(next.GrantedBy)},
	})
}

// Clashes reports whether people could confuse the two names. Letter case is ignored. A name with letters that are not ASCII
// also clashes with every name that it looks like.
func (a ServiceAccount) Clashes(other ServiceAccount) bool {
	if a.ID == other.ID {
		return false
	}
	return strings.EqualFold(a.Name, other.Name) || !isASCII(a.Name+other.Name) && looksLike(a.Name, other.Name)
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > '~' })
}

// Suspend makes every key and token of the account useless until it is active again.
func (a *ServiceAccount) Suspend(now time.Time) { a.Status, a.UpdatedAt = StatusSuspended, now }

// Activate ends a suspension.
func (a *ServiceAccount) Activate(now time.Time) { a.Status, a.UpdatedAt = StatusActive, now }

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
