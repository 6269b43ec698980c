package earlier

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// renamed is added to the name of a role when the org has another role with its name.
const renamed = " (earlier service)"

// roleMap says what becomes of the roles of an org there.
type roleMap struct {
	names map[string]string // the name of the role here, by the id there
	add   []domain.Role     // custom roles that the org does not have yet
	notes []string
}

// systemNames are the names of roles that become system roles, if the earlier service defined them and they had
// everything that the system role grants and that could be granted there.
var systemNames = map[string]string{
	"owner": domain.RoleOwner, "admin": domain.RoleAdmin, "administrator": domain.RoleAdmin,
	"auditor": domain.RoleAuditor, "member": domain.RoleMember, "user": domain.RoleMember,
}

// roleMaker makes roles of an org.
type roleMaker struct {
	mapping
	org   domain.Org
	have  []domain.Role // those that the org has
	newID port.NewID
	now   time.Time
}

// roles decides on every role. A role never grants more here than its names granted there, unless the operator says
// which system role it becomes.
func (m roleMaker) roles(from []port.EarlierRole) roleMap {
	made := roleMap{names: map[string]string{}}
	for _, role := range from {
		if role.Permissions.Partial {
			made.note("the permissions of the role %s are not a list of names: what could not be read is left out", legible(role.Name))
		}
		granted, unused := permissionsOf(role.Permissions.Names)
		if system := m.system(&made, role, granted); system != "" {
			made.names[role.ID] = system
			if !strings.EqualFold(role.Name, system) {
				made.note("the role %s becomes the system role %s", legible(role.Name), system)
			}
			continue
		}
		if len(unused) > 0 {
			made.note("the role %s loses permissions that have no counterpart: %s", legible(role.Name), listed(unused))
		}
		m.custom(&made, role, granted)
	}
	return made
}

func (r *roleMap) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// system returns the system role that a role becomes; empty: none.
func (m roleMaker) system(made *roleMap, role port.EarlierRole, granted []domain.Permission) string {
	name := strings.ToLower(strings.TrimSpace(role.Name))
	if chosen, found := m.mapping.roles[name]; found {
		return m.owned(made, role, chosen)
	}
	system := systemNames[name]
	if !role.System || system == "" {
		return ""
	}
	for _, permission := range (domain.Role{Name: system, System: true}).Permissions(domain.Org{}) {
		if hasCounterpart(permission) && !slices.Contains(granted, permission) {
			return ""
		}
	}
	return m.owned(made, role, system)
}

// owned returns admin instead of owner for a role in the operators' org, whose owners may change every org.
func (m roleMaker) owned(made *roleMap, role port.EarlierRole, system string) string {
	if system != domain.RoleOwner || !m.org.Platform {
		return system
	}
	made.note("the holders of the role %s become admins, because owners of this org are platform operators",
		legible(role.Name))
	return domain.RoleAdmin
}

func hasCounterpart(permission domain.Permission) bool {
	return slices.ContainsFunc(Counterparts(), func(c Counterpart) bool { return c.Permission == permission })
}

// custom makes a custom role of the role, or finds the one that an earlier run made.
func (m roleMaker) custom(made *roleMap, role port.EarlierRole, granted []domain.Permission) {
	for _, name := range []string{role.Name, role.Name + renamed} {
		draft := domain.RoleDraft{Name: name, Description: role.Description, Permissions: granted}
		wanted, err := domain.NewRole(domain.RoleID(m.newID()), draft, m.org, m.now)
		if err != nil { // of a description that is too long, for example
			draft.Description = ""
			wanted, err = domain.NewRole(domain.RoleID(m.newID()), draft, m.org, m.now)
		}
		if err != nil {
			made.note("the role %s cannot be taken along, because its name cannot be used here: its holders do not have it", legible(role.Name))
			return
		}
		all := slices.Concat(m.have, made.add)
		clash := slices.IndexFunc(all, wanted.Clashes)
		switch {
		case clash < 0 && len(all) >= domain.MaxCustomRoles+len(domain.SystemRoles()):
			made.note("the role %s cannot be taken along, because an org has at most %d: its holders do not have it",
				legible(role.Name), domain.MaxCustomRoles)
			return
		case clash < 0:
			made.add, made.names[role.ID] = append(made.add, wanted), string(wanted.ID)
			if name != role.Name {
				made.note("the role %s is named %s here, because another role has its name", legible(role.Name), legible(name))
			}
			return
		case clash < len(m.have) && m.same(all[clash], wanted):
			made.names[role.ID] = string(all[clash].ID)
			return
		}
	}
	made.note("the role %s cannot be taken along, because other roles have its names: its holders do not have it", legible(role.Name))
}

// same reports whether a role of the org can stand for the wanted one, as after an earlier run: it grants nothing more.
func (roleMaker) same(existing, wanted domain.Role) bool {
	return !existing.System && strings.EqualFold(existing.Name, wanted.Name) &&
		!slices.ContainsFunc(existing.Granted, func(p domain.Permission) bool { return !slices.Contains(wanted.Granted, p) })
}

// of returns the roles of an account here, each once and in order. An id of a role that was not taken along is left out.
func (r roleMap) of(ids []string) (names []string) {
	for _, id := range ids {
		if name, found := r.names[id]; found && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names
}
