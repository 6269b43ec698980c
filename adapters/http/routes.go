package http

import (
	"reflect"

	"github.com/sole-platform/sole/domain"
)

const base = "/api/v1"

// routes is the whole API.
func (s *Server) routes() {
	visiting(s, route{method: "POST", path: base + "/auth/login", id: "login", tag: "Sign-in", summary: "Sign in with a password", fails: []int{401}}, s.login)
	open(s, route{method: "POST", path: base + "/auth/login/mfa", id: "login-mfa", tag: "Sign-in", summary: "Complete a sign-in with a code", fails: []int{401, 403, 409}}, s.completeMFA)
	open(s, route{method: "POST", path: base + "/auth/login/mfa/enroll", id: "login-mfa-enroll", tag: "Sign-in", summary: "Start enrolling an authenticator during sign-in", fails: []int{401, 403, 409}}, s.startEnrollment)
	open(s, route{method: "POST", path: base + "/auth/login/mfa/enroll/confirm", id: "login-mfa-enroll-confirm", tag: "Sign-in", summary: "Confirm the authenticator with its first code and sign in", fails: []int{401, 403, 409}}, s.confirmEnrollment)
	open(s, route{method: "POST", path: base + "/auth/login/password", id: "login-password", tag: "Sign-in", summary: "Replace a temporary password during sign-in", fails: []int{401, 403, 409}}, s.changePassword)
	visiting(s, route{method: "POST", path: base + "/auth/password/strength", id: "password-strength", tag: "Sign-in", summary: "Rate a password and check whether it would be accepted"}, s.passwordStrength)
	open(s, route{method: "POST", path: base + "/auth/refresh", id: "refresh", tag: "Sign-in", summary: "Exchange a refresh token for new tokens", fails: []int{401, 403}}, s.refresh)
	secured(s, route{method: "POST", path: base + "/auth/logout", id: "logout", tag: "Sign-in", summary: "End this session", status: 204}, s.logout)
	secured(s, route{method: "POST", path: base + "/auth/logout-all", id: "logout-all", tag: "Sign-in", summary: "End every session of the account", status: 204}, s.logoutAll)
	visiting(s, route{method: "POST", path: base + "/auth/password/forgot", id: "forgot-password", tag: "Sign-in", summary: "Send a link to set a new password", status: 202}, s.forgotPassword)
	open(s, route{method: "POST", path: base + "/auth/password/reset", id: "reset-password", tag: "Sign-in", summary: "Set a new password with the token of a link", status: 204, fails: []int{401, 403}}, s.resetPassword)
	open(s, route{method: "POST", path: base + "/auth/email/confirm", id: "confirm-email", tag: "Sign-in", summary: "Confirm a new address with the token of its link", status: 204, fails: []int{401, 403, 409}}, s.confirmEmail)
	open(s, route{method: "POST", path: base + "/auth/org-discovery", id: "discover-orgs", tag: "Sign-in", summary: "Email the list of orgs in which the address has an account", status: 202}, s.discoverOrgs)
	secured(s, route{method: "POST", path: base + "/auth/step-up", id: "step-up", tag: "Sign-in", summary: "Verify the second factor again for one action"}, s.stepUp)
	open(s, route{method: "GET", path: base + "/auth/orgs/resolve", id: "resolve-org", tag: "Sign-in", summary: "Find an active org by id or slug", fails: []int{403, 404}}, s.resolveOrg)

	secured(s, route{method: "GET", path: base + "/me", id: "me", tag: "Me", summary: "Get the signed-in account"}, s.me)
	secured(s, route{method: "GET", path: base + "/me/sessions", id: "list-sessions", tag: "Me", summary: "List the account's sessions"}, s.listSessions)
	secured(s, route{method: "DELETE", path: base + "/me/sessions/{id}", id: "revoke-session", tag: "Me", summary: "End one session of the account", status: 204, fails: []int{404}}, s.revokeSession)

	secured(s, route{method: "PATCH", path: base + "/me", id: "update-me", tag: "Me", summary: "Change your own profile", action: domain.ActionAccountUpdate, fails: []int{409, 412}}, s.updateMe)
	secured(s, route{method: "GET", path: base + "/me/export", id: "export-me", tag: "Me", summary: "Export everything stored about the account", action: domain.ActionDataExport, media: []string{"application/json"}, answer: reflect.TypeFor[accountExport]()}, s.exportMe)
	secured(s, route{method: "POST", path: base + "/me/password", id: "change-password", tag: "Me", summary: "Change your own password and end your other sessions"}, s.changeOwnPassword)
	secured(s, route{method: "POST", path: base + "/me/email", id: "change-email", tag: "Me", summary: "Request a new address, to be confirmed with an emailed link", status: 202, action: domain.ActionAccountUpdate, fails: []int{409}}, s.changeEmail)
	secured(s, route{method: "GET", path: base + "/me/devices", id: "list-devices", tag: "Me", summary: "List remembered devices"}, s.listDevices)
	secured(s, route{method: "DELETE", path: base + "/me/devices", id: "forget-devices", tag: "Me", summary: "Forget every remembered device", status: 204}, s.forgetDevices)
	secured(s, route{method: "PATCH", path: base + "/me/devices/{id}", id: "rename-device", tag: "Me", summary: "Rename a remembered device", fails: []int{404}}, s.renameDevice)
	secured(s, route{method: "DELETE", path: base + "/me/devices/{id}", id: "forget-device", tag: "Me", summary: "Forget one remembered device", status: 204, fails: []int{404}}, s.forgetDevice)
	secured(s, route{method: "GET", path: base + "/me/mfa", id: "mfa", tag: "Me", summary: "Get the state of the second factor"}, s.mfaState)
	secured(s, route{method: "DELETE", path: base + "/me/mfa", id: "disable-mfa", tag: "Me", summary: "Turn the second factor off", status: 204, action: domain.ActionMFADisable}, s.disableMFA)
	secured(s, route{method: "POST", path: base + "/me/mfa/totp", id: "begin-mfa", tag: "Me", summary: "Start enrolling an authenticator", action: domain.ActionPasskeyAdd, fails: []int{409}}, s.beginMFA)
	secured(s, route{method: "POST", path: base + "/me/mfa/totp/confirm", id: "confirm-mfa", tag: "Me", summary: "Confirm the authenticator with its first code", fails: []int{409}}, s.confirmMFA)
	secured(s, route{method: "POST", path: base + "/me/mfa/recovery-codes", id: "new-recovery-codes", tag: "Me", summary: "Replace the recovery codes", action: domain.ActionRecoveryCodesRegenerate, fails: []int{409}}, s.newRecoveryCodes)

	secured(s, route{method: "PUT", path: base + "/me/avatar", id: "set-avatar", tag: "Me", summary: "Replace your own avatar", body: s.image(), fails: []int{507}}, s.setAvatar)
	secured(s, route{method: "GET", path: base + "/me/avatar", id: "get-avatar", tag: "Me", summary: "Get your own avatar", media: pictureMedia, fails: []int{404}}, s.getAvatar)
	secured(s, route{method: "DELETE", path: base + "/me/avatar", id: "remove-avatar", tag: "Me", summary: "Remove your own avatar", status: 204, fails: []int{404}}, s.removeAvatar)

	secured(s, route{method: "GET", path: base + "/org/policy", id: "org-policy", tag: "Org", summary: "Get the settings that members may see"}, s.getPolicy)
	secured(s, route{method: "GET", path: base + "/org/settings", id: "org-settings", tag: "Org", summary: "Get every setting of the org", permission: domain.PermOrgSettingsRead}, s.getSettings)
	secured(s, route{method: "PATCH", path: base + "/org/settings", id: "update-org-settings", tag: "Org", summary: "Change settings", permission: domain.PermOrgSettingsUpdate, action: domain.ActionOrgSettingsUpdate, fails: []int{409, 412}}, s.updateSettings)
	secured(s, route{method: "POST", path: base + "/org/settings/preview", id: "preview-org-settings", tag: "Org", summary: "Preview a change of settings", permission: domain.PermOrgSettingsUpdate}, s.previewSettings)

	secured(s, route{method: "GET", path: base + "/org", id: "org", tag: "Org", summary: "Get the org of the account"}, s.getOwnOrg)
	secured(s, route{method: "PATCH", path: base + "/org", id: "update-org", tag: "Org", summary: "Rename the org", permission: domain.PermOrgUpdate, action: domain.ActionOrgManage, fails: []int{409, 412}}, s.updateOwnOrg)
	secured(s, route{method: "PUT", path: base + "/org/logo", id: "set-logo", tag: "Org", summary: "Replace the org's logo", permission: domain.PermOrgUpdate, body: s.image(), fails: []int{507}}, s.setLogo)
	secured(s, route{method: "GET", path: base + "/org/logo", id: "get-logo", tag: "Org", summary: "Get the org's logo", media: pictureMedia, fails: []int{404}}, s.getLogo)
	secured(s, route{method: "DELETE", path: base + "/org/logo", id: "remove-logo", tag: "Org", summary: "Remove the org's logo", status: 204, permission: domain.PermOrgUpdate, fails: []int{404}}, s.removeLogo)
	secured(s, route{method: "GET", path: base + "/audit-events", id: "list-audit-events", tag: "Org", summary: "List audit events, newest first", permission: domain.PermAuditRead}, s.listEvents)
	secured(s, route{method: "GET", path: base + "/decisions/{id}", id: "explain-decision", tag: "Org", summary: "Explain a denial or a challenge", fails: []int{404}}, s.explain)
	secured(s, route{method: "GET", path: base + "/authz/explain", id: "foresee-permission", tag: "Org", summary: "Check whether an account has a permission", fails: []int{404}}, s.foresee)
	secured(s, route{method: "GET", path: base + "/audit-events/export", id: "export-audit-events", tag: "Org", summary: "Export audit events as a file", permission: domain.PermAuditRead, action: domain.ActionDataExport, media: []string{"application/x-ndjson", "text/csv"}}, s.exportEvents)

	secured(s, route{method: "GET", path: base + "/files", id: "list-files", tag: "Files", summary: "List the files of the org", permission: domain.PermFileRead}, s.listFiles)
	secured(s, route{method: "POST", path: base + "/files", id: "store-file", tag: "Files", summary: "Store a file", status: 201, permission: domain.PermFileWrite, body: s.form(), fails: []int{507}}, s.storeFile)
	secured(s, route{method: "GET", path: base + "/files/{id}", id: "get-file", tag: "Files", summary: "Get the content of a file", permission: domain.PermFileRead, media: []string{"*/*"}, fails: []int{404}}, s.getFile)
	secured(s, route{method: "DELETE", path: base + "/files/{id}", id: "remove-file", tag: "Files", summary: "Remove a file permanently", status: 204, permission: domain.PermFileWrite, fails: []int{404}}, s.removeFile)

	secured(s, route{method: "GET", path: base + "/members", id: "list-members", tag: "Members", summary: "List the accounts of the org", permission: domain.PermMemberRead}, s.listMembers)
	secured(s, route{method: "POST", path: base + "/members", id: "create-member", tag: "Members", summary: "Create an account, with an invitation or a temporary password", status: 201, permission: domain.PermMemberCreate, action: domain.ActionRoleAssign, fails: []int{409}}, s.createMember)
	secured(s, route{method: "GET", path: base + "/members/export", id: "export-members", tag: "Members", summary: "Export the accounts of the org as a CSV file", permission: domain.PermMemberRead, action: domain.ActionDataExport, media: []string{"text/csv"}}, s.exportMembers)
	secured(s, route{method: "POST", path: base + "/members/import", id: "import-members", tag: "Members", summary: "Create accounts from a CSV file and invite their owners", status: 202, permission: domain.PermMemberCreate, action: domain.ActionRoleAssign, body: bodyKind{media: "text/csv", limit: importLimit}}, s.importMembers)
	secured(s, route{method: "GET", path: base + "/members/imports/{id}", id: "get-import", tag: "Members", summary: "Get the progress of an import", permission: domain.PermMemberCreate, fails: []int{404}}, s.getImport)
	secured(s, route{method: "GET", path: base + "/members/imports/{id}/rows", id: "list-import-rows", tag: "Members", summary: "List the rows of an import with their outcome", permission: domain.PermMemberCreate, fails: []int{404}}, s.listImportRows)
	secured(s, route{method: "GET", path: base + "/members/{id}", id: "get-member", tag: "Members", summary: "Get an account", permission: domain.PermMemberRead, fails: []int{404}}, s.getMember)
	secured(s, route{method: "GET", path: base + "/members/{id}/avatar", id: "get-member-avatar", tag: "Members", summary: "Get the avatar of an account", permission: domain.PermMemberRead, media: pictureMedia, fails: []int{404}}, s.getMemberAvatar)
	secured(s, route{method: "PATCH", path: base + "/members/{id}", id: "update-member", tag: "Members", summary: "Change the name or the address of an account", permission: domain.PermMemberUpdate, action: domain.ActionAccountUpdate, fails: []int{404, 409, 412}}, s.updateMember)
	secured(s, route{method: "DELETE", path: base + "/members/{id}", id: "remove-member", tag: "Members", summary: "Remove another account permanently", status: 204, permission: domain.PermMemberRemove, action: domain.ActionMemberRemove, fails: []int{404, 409, 412}}, s.removeMember)
	secured(s, route{method: "PUT", path: base + "/members/{id}/roles", id: "assign-roles", tag: "Members", summary: "Replace the roles of an account", permission: domain.PermRoleAssign, action: domain.ActionRoleAssign, fails: []int{404, 409, 412}}, s.assignRoles)
	secured(s, route{method: "POST", path: base + "/members/{id}/invitation", id: "invite-member", tag: "Members", summary: "Send the invitation again", status: 202, permission: domain.PermMemberCreate, action: domain.ActionRoleAssign, fails: []int{404, 409}}, onMember(s.uc.InviteMember.Execute))
	secured(s, route{method: "DELETE", path: base + "/members/{id}/invitation", id: "uninvite-member", tag: "Members", summary: "Revoke the invitation", status: 204, permission: domain.PermMemberCreate, fails: []int{404, 409}}, onMember(s.uc.UninviteMember.Execute))
	secured(s, route{method: "POST", path: base + "/members/{id}/mfa/reset", id: "reset-member-mfa", tag: "Members", summary: "Remove another account's second factor and end its sessions", status: 204, permission: domain.PermMemberMFAReset, action: domain.ActionMemberMFAReset, fails: []int{404}}, onMember(s.uc.ResetMemberMFA.Execute))
	secured(s, route{method: "POST", path: base + "/members/{id}/password/reset", id: "reset-member-password", tag: "Members", summary: "Give another account a temporary password and end its sessions", permission: domain.PermMemberPasswordReset, action: domain.ActionMemberPasswordReset, fails: []int{404}}, s.resetMemberPassword)
	secured(s, route{method: "POST", path: base + "/members/{id}/suspend", id: "suspend-member", tag: "Members", summary: "Suspend another account", status: 204, permission: domain.PermMemberSuspend, fails: []int{404, 409}}, onMember(s.uc.SuspendMember.Execute))
	secured(s, route{method: "POST", path: base + "/members/{id}/activate", id: "activate-member", tag: "Members", summary: "Activate a suspended account", status: 204, permission: domain.PermMemberSuspend, fails: []int{404}}, onMember(s.uc.ActivateMember.Execute))
	secured(s, route{method: "POST", path: base + "/members/{id}/sign-out", id: "sign-out-member", tag: "Members", summary: "End every session of another account", status: 204, permission: domain.PermMemberSuspend, fails: []int{404}}, onMember(s.uc.SignOutMember.Execute))

	secured(s, route{method: "GET", path: base + "/roles", id: "list-roles", tag: "Roles", summary: "List the roles of the org", permission: domain.PermRoleRead}, s.listRoles)
	secured(s, route{method: "POST", path: base + "/roles", id: "create-role", tag: "Roles", summary: "Create a role", status: 201, permission: domain.PermRoleManage, action: domain.ActionRoleManage, fails: []int{409}}, s.createRole)
	secured(s, route{method: "GET", path: base + "/roles/{id}", id: "get-role", tag: "Roles", summary: "Get a role", permission: domain.PermRoleRead, fails: []int{404}}, s.getRole)
	secured(s, route{method: "PATCH", path: base + "/roles/{id}", id: "update-role", tag: "Roles", summary: "Change a role", permission: domain.PermRoleManage, action: domain.ActionRoleManage, fails: []int{404, 409, 412}}, s.updateRole)
	secured(s, route{method: "DELETE", path: base + "/roles/{id}", id: "remove-role", tag: "Roles", summary: "Remove a role that nobody holds", status: 204, permission: domain.PermRoleManage, action: domain.ActionRoleManage, fails: []int{404, 409, 412}}, s.removeRole)
	secured(s, route{method: "GET", path: base + "/permissions", id: "list-permissions", tag: "Roles", summary: "List the permissions that roles can grant", permission: domain.PermRoleRead}, s.listPermissions)

	secured(s, route{method: "GET", path: base + "/orgs", id: "list-orgs", tag: "Platform", summary: "List all orgs", permission: domain.PermPlatformManage, multi: true, fails: []int{404}}, s.listOrgs)
	secured(s, route{method: "POST", path: base + "/orgs", id: "create-org", tag: "Platform", summary: "Create an org and its first owner", status: 201, permission: domain.PermPlatformManage, action: domain.ActionOrgManage, multi: true, fails: []int{404, 409}}, s.createOrg)
	secured(s, route{method: "GET", path: base + "/orgs/{id}", id: "get-org", tag: "Platform", summary: "Get an org", permission: domain.PermPlatformManage, multi: true, fails: []int{404}}, s.getOrg)
	secured(s, route{method: "PATCH", path: base + "/orgs/{id}", id: "update-any-org", tag: "Platform", summary: "Rename an org", permission: domain.PermPlatformManage, action: domain.ActionOrgManage, multi: true, fails: []int{404, 409, 412}}, s.updateOrg)
	secured(s, route{method: "POST", path: base + "/orgs/{id}/suspend", id: "suspend-org", tag: "Platform", summary: "Suspend an org", permission: domain.PermPlatformManage, action: domain.ActionOrgManage, multi: true, fails: []int{404, 409}}, s.suspendOrg)
	secured(s, route{method: "POST", path: base + "/orgs/{id}/activate", id: "activate-org", tag: "Platform", summary: "Activate a suspended org", permission: domain.PermPlatformManage, action: domain.ActionOrgManage, multi: true, fails: []int{404}}, s.activateOrg)

	service(s, route{method: "GET", path: base + "/health", id: "health", tag: "Service", summary: "Report the state of every dependency", sameBody: []int{503}}, s.health)
	service(s, route{method: "GET", path: base + "/health/live", id: "health-live", tag: "Service", summary: "Report whether the process runs"}, s.live)
	service(s, route{method: "GET", path: base + "/health/ready", id: "health-ready", tag: "Service", summary: "Report whether requests can be served", fails: []int{503}}, s.ready)
}
