package http

const base = "/api/v1"

// routes is the whole API.
func (s *Server) routes() {
	visiting(s, route{method: "POST", path: base + "/auth/login", id: "login", tag: "Sign-in", summary: "Sign in with a password", fails: []int{401}}, s.login)
	open(s, route{method: "POST", path: base + "/auth/login/mfa", id: "login-mfa", tag: "Sign-in", summary: "Complete a sign-in with a code", fails: []int{401, 403, 409}}, s.completeMFA)
	open(s, route{method: "POST", path: base + "/auth/login/mfa/enroll", id: "login-mfa-enroll", tag: "Sign-in", summary: "Start enrolling an authenticator during sign-in", fails: []int{401, 403, 409}}, s.startEnrollment)
	open(s, route{method: "POST", path: base + "/auth/login/mfa/enroll/confirm", id: "login-mfa-enroll-confirm", tag: "Sign-in", summary: "Confirm the authenticator with its first code and sign in", fails: []int{401, 403, 409}}, s.confirmEnrollment)
	open(s, route{method: "POST", path: base + "/auth/login/password", id: "login-password", tag: "Sign-in", summary: "Replace a temporary password during sign-in", fails: []int{401, 403, 409}}, s.changePassword)
	visiting(s, route{method: "POST", path: base + "/auth/password/strength", id: "password-strength", tag: "Sign-in", summary: "Tell how good a password would be, and whether it would be accepted"}, s.passwordStrength)
	open(s, route{method: "POST", path: base + "/auth/refresh", id: "refresh", tag: "Sign-in", summary: "Exchange a refresh token for new tokens", fails: []int{401, 403}}, s.refresh)
	secured(s, route{method: "POST", path: base + "/auth/logout", id: "logout", tag: "Sign-in", summary: "End this session", status: 204}, s.logout)
	secured(s, route{method: "POST", path: base + "/auth/logout-all", id: "logout-all", tag: "Sign-in", summary: "End every session of the account", status: 204}, s.logoutAll)
	open(s, route{method: "GET", path: base + "/auth/orgs/resolve", id: "resolve-org", tag: "Sign-in", summary: "Find an active org by id or slug", fails: []int{403, 404}}, s.resolveOrg)

	secured(s, route{method: "GET", path: base + "/me", id: "me", tag: "Me", summary: "The signed-in account"}, s.me)
	secured(s, route{method: "GET", path: base + "/me/sessions", id: "list-sessions", tag: "Me", summary: "Where the account is signed in"}, s.listSessions)
	secured(s, route{method: "DELETE", path: base + "/me/sessions/{id}", id: "revoke-session", tag: "Me", summary: "End one session of the account", status: 204, fails: []int{404}}, s.revokeSession)

	service(s, route{method: "GET", path: base + "/health", id: "health", tag: "Service", summary: "A report on every dependency", fails: []int{503}}, s.health)
	service(s, route{method: "GET", path: base + "/health/live", id: "health-live", tag: "Service", summary: "Whether the process runs"}, s.live)
	service(s, route{method: "GET", path: base + "/health/ready", id: "health-ready", tag: "Service", summary: "Whether requests can be served", fails: []int{503}}, s.ready)
}
