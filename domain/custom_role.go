package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxCustomRoles is the largest number of custom roles in an org.
const MaxCustomRoles = 200

// RoleChange holds the new values of a role. A nil field leaves the value unchanged.
type RoleChange struct {
	Name        *string
	Description *string
	Permissions *[]Permission
}

// RoleDraft holds the values of a new custom role.
type RoleDraft struct {
	Name        string
	Description string
	Permissions []Permission
}

// NewRole returns a custom role of org. Its permissions are in catalogue order, each once. Permissions
// of the platform are refused outside the operators' org.
func NewRole(id RoleID, draft RoleDraft, org Org, now time.Time) (Role, error) {
	role := Role{ID: id, CreatedAt: now, Version: 1}
	return role.Changed(RoleChange{Name: &draft.Name, Description: &draft.Description, Permissions: &draft.Permissions}, org)
}

// Changed returns the role with the change applied. It returns ErrSystemRole for a system role, and
// ErrInvalid or ErrUnknownPermission for values that a role cannot have.
func (r Role) Changed(change RoleChange, org Org) (Role, error) {
	if r.System {
		return r, ErrSystemRole
	}
	next := r
	if change.Name != nil {
		name, err := parseRoleName(*change.Name)
		if err != nil {
			return r, err
		}
		next.Name = name
	}
	if change.Description != nil {
		if next.Description = strings.TrimSpace(*change.Description); !isDescription(next.Description) {
			return r, Invalid("description", descriptionRule)
		}
	}
	if change.Permissions != nil {
		granted, err := grantable(*change.Permissions, org)
		if err != nil {
			return r, err
		}
		next.Granted = granted
	}
	return next, nil
}

// Equal reports whether the name, the description and the permissions are the same.
func (r Role) Equal(other Role) bool {
	return r.Name == other.Name && r.Description == other.Description && slices.Equal(r.Granted, other.Granted)
}

// Differences returns the values that differ, as "before -> after", by name.
func (r Role) Differences(next Role) map[string]string {
	return differences(map[string][2]string{
		"name": {r.Name, next.Name}, "description": {r.Description, next.Description},
		"permissions": {joined(r.Granted), joined(next.Granted)},
	})
}

// Clashes reports whether people could confuse the two names. Letter case is ignored. A system role also clashes with
// every name that looks like its own.
func (r Role) Clashes(other Role) bool {
	if r.ID == other.ID {
		return false
	}
	return strings.EqualFold(r.Name, other.Name) || (r.System || other.System) && looksLike(r.Name, other.Name)
}

// parseRoleName checks the name of a role. It must not look like an id, because requests refer to roles
// by id or name.
func parseRoleName(raw string) (string, error) {
	name, err := parseName("name", raw)
	if err == nil && (utf8.RuneCountInString(name) > 100 || IsID(strings.ToLower(name))) {
		const rule = "must be 1 to 100 characters, none of them control, invisible or text-direction characters, and must not be an id"
		err = Invalid("name", rule)
	}
	return name, err
}

const descriptionRule = "must be at most 500 characters, none of them control, invisible or text-direction characters"

func isDescription(text string) bool {
	return utf8.RuneCountInString(text) <= 500 && isLegible(text)
}

// grantable returns permissions in catalogue order, each once. It returns ErrUnknownPermission with
// every one that a role of org cannot have.
func grantable(permissions []Permission, org Org) ([]Permission, error) {
	var faults []FieldError
	for i, p := range permissions {
		location := fmt.Sprintf("permissions[%d]", i)
		switch {
		case !p.Known():
			faults = append(faults, FieldError{location, "must be a known permission, such as member.read"})
		case p.Platform() && !org.Platform:
			faults = append(faults, FieldError{location, "must not be a permission of the platform: those exist only in the operators' org"})
		}
	}
	if faults != nil {
		return nil, ErrUnknownPermission.In(faults...)
	}
	return absentIfEmpty(slices.DeleteFunc(Permissions(), func(p Permission) bool { return !slices.Contains(permissions, p) })), nil
}

func absentIfEmpty(permissions []Permission) []Permission {
	if len(permissions) == 0 {
		return nil
	}
	return permissions
}

func joined[T ~string](values []T) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return strings.Join(texts, ", ")
}

// FindRoles returns the roles that names refer to by id, or by name in the case of system roles. Each
// role is returned once. Names of no role are ErrUnknownRole with their positions in the list.
func FindRoles(all []Role, names []string) ([]Role, error) {
	var found []Role
	const rule = "must be the id of a role of the org, or the name of a system role"
	var faults []FieldError
	for i, name := range names {
		at := slices.IndexFunc(all, func(r Role) bool { return string(r.ID) == CanonicalID(name) || r.System && r.Name == name })
		switch {
		case at < 0:
			faults = append(faults, FieldError{fmt.Sprintf("roles[%d]", i), rule})
		case !slices.ContainsFunc(found, func(r Role) bool { return r.ID == all[at].ID }):
			found = append(found, all[at])
		}
	}
	if faults != nil {
		return nil, ErrUnknownRole.In(faults...)
	}
	return found, nil
}

// RoleNames returns the sorted names of the roles, separated by commas.
func RoleNames(roles []Role) string {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = role.Name
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
