package earlier

import (
	"slices"
	"strings"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Request is what the operator wants. The orgs are named by their ids in the earlier service.
type Request struct {
	Only    []string                 // the orgs to move; none: all
	Slugs   map[string]string        // the slug here, by org
	Into    map[string]string        // an existing org here, by org: an id or a slug
	Owners  map[string][]string      // addresses of accounts that become owners, by org
	Roles   map[string]string        // the system role here, by the name of a role there
	Actions map[string]domain.Action // the action here, by the name there

	Operators      bool // active superusers become owners of the operators' org
	WithoutOwner   bool // orgs without an owner are moved
	WithoutFactors bool // secrets of authenticator apps that no key opens are left behind, even if none can be opened
}

// Check returns CodeInvalid for a role or action that does not exist here.
func (r Request) Check() error {
	for _, role := range r.Roles {
		if !slices.Contains(domain.SystemRoles(), role) {
			return domain.Invalid("role", "must be NAME=ROLE with one of the system roles: "+strings.Join(domain.SystemRoles(), ", "))
		}
	}
	for _, action := range r.Actions {
		if !action.Known() {
			return domain.Invalid("action", "must be NAME=ACTION with an action of this service, such as "+string(domain.ActionLogin))
		}
	}
	return nil
}

func (r Request) mapping() mapping {
	roles := map[string]string{}
	for name, role := range r.Roles {
		roles[strings.ToLower(strings.TrimSpace(name))] = role
	}
	return mapping{roles: roles, actions: r.Actions}
}

// chosen returns the orgs that are moved, and the names in the request that are no org.
func (r Request) chosen(all []port.EarlierOrg) (orgs []port.EarlierOrg, unknown []string) {
	known := func(id string) bool {
		return slices.ContainsFunc(all, func(org port.EarlierOrg) bool { return org.ID == id })
	}
	named := slices.Clone(r.Only)
	for id := range r.Slugs {
		named = append(named, id)
	}
	for id := range r.Into {
		named = append(named, id)
	}
	for id := range r.Owners {
		named = append(named, id)
	}
	slices.Sort(named)
	unknown = slices.DeleteFunc(slices.Compact(named), known)
	orgs = slices.DeleteFunc(slices.Clone(all), func(org port.EarlierOrg) bool {
		return len(r.Only) > 0 && !slices.Contains(r.Only, org.ID)
	})
	return orgs, unknown
}
