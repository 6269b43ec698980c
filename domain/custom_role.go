package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxCustomRoles bounds the roles of an org's own making.
const MaxCustomRoles = 200

// RoleChange names what is to be another value; nil leaves it as it is.
type RoleChange struct {
	Name        *string
	Description *string
	Permissions *[]Permission
}

// NewRole makes a role of org's own making. Its permissions are of the catalogue, each
// once; those of the platform exist only in the operators' org.
func NewRole(id RoleID, name, description string, permissions []Permission, org Org, now time.Time) (Role, error) {
	role := Role{ID: id, CreatedAt: now, Version: 1}
	return role.Changed(RoleChange{&name, &description, &permissions}, org)
}

// Changed returns the role with the change made and checked. A system role is refused with
// ErrSystemRole; one that changes nothing gives the role as it was.
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
			return r, Invalid("body.description", "must be at most 500 characters, none of them control, invisible or text-direction characters")
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

// Equal tells whether nothing that can be changed differs.
func (r Role) Equal(other Role) bool {
	return r.Name == other.Name && r.Description == other.Description && slices.Equal(r.Granted, other.Granted)
}

// Differences lists the members whose values differ, as "before -> after", by name.
func (r Role) Differences(next Role) map[string]string {
	differences := map[string]string{}
	for name, value := range map[string][2]string{
		"name": {r.Name, next.Name}, "description": {r.Description, next.Description},
		"permissions": {joined(r.Granted), joined(next.Granted)},
	} {
		if value[0] != value[1] {
			differences[name] = value[0] + " -> " + value[1]
		}
	}
	return differences
}

// Clashes reports whether people could confuse the two names. They are compared without letter
// case; a system role also clashes with every name that looks like its own.
func (r Role) Clashes(other Role) bool {
	if r.ID == other.ID {
		return false
	}
	return strings.EqualFold(r.Name, other.Name) || (r.System || other.System) && looksLike(r.Name, other.Name)
}

// parseRoleName keeps a role from being named like an id, by which roles are referred to.
func parseRoleName(raw string) (string, error) {
	name, err := parseName("body.name", raw)
	if err == nil && (utf8.RuneCountInString(name) > 100 || IsID(strings.ToLower(name))) {
		err = Invalid("body.name", "must be 1 to 100 characters, none of them control, invisible or text-direction characters, and must not be an id")
	}
	return name, err
}

func isDescription(text string) bool {
	return utf8.RuneCountInString(text) <= 500 && isLegible(text)
}

// grantable puts permissions into catalogue order, each once, and names every one that a
// role of org cannot hold.
func grantable(permissions []Permission, org Org) ([]Permission, error) {
	var faults []FieldError
	for i, p := range permissions {
		location := fmt.Sprintf("body.permissions[%d]", i)
		switch {
		case !p.Known():
			faults = append(faults, FieldError{location, "must be one of GET /permissions"})
		case p.Platform() && !org.Platform:
			faults = append(faults, FieldError{location, "exists only in the operators' org"})
		}
	}
	if faults != nil {
		return nil, &Error{Code: CodeInvalid, Message: "The request has permissions that a role of this org cannot hold.", Fields: faults}
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

// FindRoles resolves what a request calls roles: ids, or the names of system roles. Each
// role comes once; what names none is refused by its place in the list.
func FindRoles(all []Role, names []string) ([]Role, error) {
	var found []Role
	var faults []FieldError
	for i, name := range names {
		at := slices.IndexFunc(all, func(r Role) bool { return string(r.ID) == CanonicalID(name) || r.System && r.Name == name })
		switch {
		case at < 0:
			faults = append(faults, FieldError{fmt.Sprintf("body.roles[%d]", i), "must be the id of a role of the org, or the name of a system role: see GET /roles"})
		case !slices.ContainsFunc(found, func(r Role) bool { return r.ID == all[at].ID }):
			found = append(found, all[at])
		}
	}
	if faults != nil {
		return nil, &Error{Code: CodeInvalid, Message: "The request names roles that the org does not have.", Fields: faults}
	}
	return found, nil
}

// RoleNames is what people call the roles, in one text.
func RoleNames(roles []Role) string {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = role.Name
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
