package domain

import (
	"slices"
	"time"
)

// Role is a named set of permissions in one org.
type Role struct {
	ID          RoleID
	Name        string
	Description string
	System      bool         // fixed by this catalogue, the same in every org
	Granted     []Permission // of a custom role; a system role's come from the catalogue
	CreatedAt   time.Time
	Version     int64
}

// The system roles.
const (
	RoleOwner   = "owner"   // everything; the last one is protected
	RoleAdmin   = "admin"   // everything but ownership and the platform
	RoleAuditor = "auditor" // reads all, and the audit log
	RoleMember  = "member"  // itself only
)

// SystemRoles lists the names in order of power.
func SystemRoles() []string { return []string{RoleOwner, RoleAdmin, RoleAuditor, RoleMember} }

// Permissions is what the role grants in org; platform permissions exist only in the operators' org.
func (r Role) Permissions(org Org) []Permission {
	granted := r.Granted
	if r.System {
		granted = systemRolePermissions(r.Name)
	}
	return slices.DeleteFunc(slices.Clone(granted), func(p Permission) bool { return p.Platform() && !org.Platform })
}

func systemRolePermissions(name string) []Permission {
	switch name {
	case RoleOwner:
		return Permissions()
	case RoleAdmin:
		return slices.DeleteFunc(Permissions(), Permission.Platform)
	case RoleAuditor:
		return []Permission{PermOrgSettingsRead, PermMemberRead, PermRoleRead, PermAuditRead, PermFileRead}
	}
	return nil
}

// Admin tells whether holding the role demands a second factor: owner, admin, and any
// custom role with a sensitive permission. The auditor reads and changes nothing.
func (r Role) Admin() bool {
	if r.System {
		return r.Name == RoleOwner || r.Name == RoleAdmin
	}
	return slices.ContainsFunc(r.Granted, Permission.Sensitive)
}

// PermissionsOf is the union of what roles grant in org, in catalogue order.
func PermissionsOf(roles []Role, org Org) []Permission {
	held := map[Permission]bool{}
	for _, role := range roles {
		for _, p := range role.Permissions(org) {
			held[p] = true
		}
	}
	return slices.DeleteFunc(Permissions(), func(p Permission) bool { return !held[p] })
}

// IsOwner tells whether one of the roles is ownership of the org.
func IsOwner(roles []Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return r.System && r.Name == RoleOwner })
}

// BeyondMember reports whether any of the roles is not the system role member. Giving such a
// role to an account requires what assigning roles requires.
func BeyondMember(roles []Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return !r.System || r.Name != RoleMember })
}

// AnyAdmin tells whether one of the roles is an admin role.
func AnyAdmin(roles []Role) bool { return slices.ContainsFunc(roles, Role.Admin) }
