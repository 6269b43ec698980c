package domain

import (
	"fmt"
	"slices"
	"strings"
)

// RoleMap says which role of an org stands for a role of another system. The name * stands for every name that is not
// listed. An empty value leaves the role behind.
type RoleMap map[string]string

// EveryOther is the name of a RoleMap for all names that it does not list.
const EveryOther = "*"

// ParseRoleMap reads texts of the form NAME=ROLE, in which the last = counts. It returns CodeInvalid for any other text, and for
// a name that is listed twice.
func ParseRoleMap(texts []string) (RoleMap, error) {
	roles := RoleMap{}
	for _, text := range texts {
		at := strings.LastIndexByte(text, '=')
		if at < 1 {
			return nil, Invalid("roles", "must be NAME=ROLE: the name of a role in the file, and a role of the org or nothing")
		}
		name := strings.TrimSpace(text[:at])
		if _, twice := roles[name]; twice || name == "" {
			return nil, Invalid("roles", "must list each name of a role in the file once")
		}
		roles[name] = strings.TrimSpace(text[at+1:])
	}
	return roles, nil
}

// Assign returns the account with the roles of the org that it gets, and a note of those that are left behind. Roles that no
// entry lists are kept if they are roles of the org, and left behind if they are roles of the other system: a role there
// may have the name of one that may do more here.
func (m RoleMap) Assign(a ImportedAccount) ImportedAccount {
	var roles, left []string
	assign := func(name, otherwise string) {
		role, listed := m[name]
		if !listed {
			role, listed = m[EveryOther]
		}
		if !listed {
			role = otherwise
		}
		switch {
		case role == "":
			left = append(left, name)
		case !slices.Contains(roles, role):
			roles = append(roles, role)
		}
	}
	for _, name := range a.Roles {
		assign(name, name)
	}
	for _, name := range a.ForeignRoles {
		assign(name, "")
	}
	a.Roles, a.ForeignRoles = roles, nil
	if len(left) > 0 {
		a.Notes = append(slices.Clone(a.Notes), "roles that are left behind: "+strings.Join(left, ", "))
	}
	return a
}

// FindNamedRoles is FindRoles for the roles of an import, which may also be named by the name of a custom role, in any letter
// case.
func FindNamedRoles(all []Role, names []string) ([]Role, error) {
	var found []Role
	for _, name := range names {
		at := slices.IndexFunc(all, func(r Role) bool { return string(r.ID) == CanonicalID(name) || strings.EqualFold(r.Name, name) })
		if at < 0 {
			return nil, ErrUnknownRole.In(FieldError{"roles", fmt.Sprintf(
				"names the role %.100q, which the org does not have: create it, or map the name to another role or to none", name)})
		}
		if !slices.ContainsFunc(found, func(r Role) bool { return r.ID == all[at].ID }) {
			found = append(found, all[at])
		}
	}
	return found, nil
}
