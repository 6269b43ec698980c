package earlier

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sole-platform/sole/domain"
)

// Counterpart is a permission of this service with what a role of the earlier service must have for it.
type Counterpart struct {
	Permission domain.Permission
	AnyOf      [][]string // a role with all names of one of these lists gets the permission
}

// Counterparts returns the table of the permissions that roles keep. A permission here often allows more than one there: then
// a role needs every part. Others have no counterpart, and none is ever given for a part alone.
func Counterparts() []Counterpart {
	return []Counterpart{
		{domain.PermOrgUpdate, [][]string{{"org.update"}}},
		{domain.PermOrgSettingsRead, [][]string{{"org_settings.read"}, {"settings.read"}}},
		{domain.PermOrgSettingsUpdate, [][]string{{"org_settings.update"}, {"settings.update"}}},
		{domain.PermMemberRead, [][]string{{"user.read"}, {"user.list"}, {"user.view"}}},
		{domain.PermMemberCreate, [][]string{{"user.onboard"}, {"user.create", "user.invite"}}},
		{domain.PermMemberUpdate, [][]string{{"user.update"}, {"user.edit"}}},
		{domain.PermMemberRemove, [][]string{{"user.delete"}, {"user.remove"}}},
		{domain.PermMemberSuspend, [][]string{{"user.suspend", "user.activate"}, {"user.deactivate", "user.activate"}}},
		{domain.PermMemberMFAReset, [][]string{{"user.mfa_reset"}, {"user.reset_mfa"}}},
		{domain.PermMemberPasswordReset, [][]string{{"user.password_reset"}, {"user.reset_password"}}},
		{domain.PermRoleRead, [][]string{{"role.read"}, {"role.list"}, {"role.manage"}}},
		{domain.PermRoleManage, [][]string{{"role.manage"}, {"role.create", "role.update", "role.delete"}}},
		{domain.PermRoleAssign, [][]string{{"role.assign"}}},
		{domain.PermAuditRead, [][]string{{"audit.read"}, {"audit_log.read"}}},
		{domain.PermFileRead, [][]string{{"file.read"}}},
		{domain.PermFileWrite, [][]string{{"file.write"}, {"file.upload", "file.delete"}}},
	}
}

// ActionNames returns the actions of the earlier service that have another name here, with this name. Others keep their name.
func ActionNames() map[string]domain.Action {
	return map[string]domain.Action{
		"settings.update":     domain.ActionOrgSettingsUpdate,
		"profile.update":      domain.ActionAccountUpdate,
		"user.update":         domain.ActionAccountUpdate,
		"role.create":         domain.ActionRoleManage,
		"role.update":         domain.ActionRoleManage,
		"role.delete":         domain.ActionRoleManage,
		"user.delete":         domain.ActionMemberRemove,
		"user.remove":         domain.ActionMemberRemove,
		"user.mfa_reset":      domain.ActionMemberMFAReset,
		"user.reset_mfa":      domain.ActionMemberMFAReset,
		"user.reset_password": domain.ActionMemberPasswordReset,
		"user.password_reset": domain.ActionMemberPasswordReset,
		"user.export":         domain.ActionDataExport,
		"org.update":          domain.ActionOrgManage,
	}
}

// permissionsOf returns the permissions that a role with these names gets, and the names that gave it nothing.
func permissionsOf(names []string) (granted []domain.Permission, unused []string) {
	used := map[string]bool{}
	for _, counterpart := range Counterparts() {
		for _, all := range counterpart.AnyOf {
			if slices.ContainsFunc(all, func(name string) bool { return !slices.Contains(names, name) }) {
				continue
			}
			if !slices.Contains(granted, counterpart.Permission) {
				granted = append(granted, counterpart.Permission)
			}
			for _, name := range all {
				used[name] = true
			}
		}
	}
	return granted, slices.DeleteFunc(slices.Clone(names), func(name string) bool { return used[name] })
}

// listed returns names for a person, at most ten and each shortened.
func listed(names []string) string {
	const most = 10
	shown := make([]string, 0, most)
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, legible(name))
	}
	text := strings.Join(shown, ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// legible returns a text of the other database in quotation marks, without characters that a terminal would obey.
func legible(text string) string {
	const most = 100
	runes := []rune(text)
	if len(runes) > most {
		return strconv.Quote(string(runes[:most]) + "...")
	}
	return strconv.Quote(text)
}
