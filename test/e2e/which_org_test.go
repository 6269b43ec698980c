package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestTheHostSelectsTheOrg(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], multi)
	acme, globex := s.newOrg(t, "acme-inc"), s.newOrg(t, "globex")
	me := func(host, token string, headers ...string) answer {
		return s.call(t, "GET", "/api/v1/me", nil, append(headers, "Host", host, "Authorization", "Bearer "+token)...)
	}
	login := func(host string, headers ...string) answer {
		return s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword), append(headers, "Host", host)...)
	}
	for _, host := range []string{
		"acme-inc.sole.example", "ACME-inc.Sole.Example", "acme-inc.sole.example:8443", "acme-inc.sole.example.",
		"Acme-Inc.Sole.Example.:8443",
	} {
		login(host).is(200, "")
	}
	login("sole.example").is(400, "org_required")
	login("acme-inc.sole.example..").is(400, "org_required")
	login("a.b.sole.example").is(400, "org_required")
	login("acme-inc.sole.example.evil.example").is(400, "org_required")
	login("evilsole.example").is(400, "org_required")
	login("nobody.sole.example").is(404, "org_not_found")
	login("acme-inc.sole.example", "X-Org-Id", "globex").is(200, "") // the header takes precedence

	one := s.enroll(t, "X-Org-Id", "acme-inc")
	require.Equal(t, string(acme), me("acme-inc.sole.example", one.access).is(200, "").text("org.id"))
	me("globex.sole.example", one.access).is(403, "org_mismatch")
	two := s.enroll(t, "X-Org-Id", string(globex))
	require.NotEqual(t, me("x", one.access).text("id"), me("x", two.access).text("id"), "one address, two accounts")
}

func TestATokenOfOneOrgIsRefusedInAnother(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			s := start(t, d, multi)
			s.newOrg(t, "acme-inc")
			s.newOrg(t, "globex")
			fresh := map[string]any{"challenge_token": s.challenge(t, "mfa_enrollment_required", "X-Org-Id", "acme-inc"), "code": "000000"}
			enrol := map[string]any{"challenge_token": fresh["challenge_token"]}
			s.post(t, "/auth/login/mfa/enroll", enrol, "X-Org-Id", "globex").is(403, "org_mismatch")
			s.post(t, "/auth/login/mfa/enroll/confirm", fresh, "X-Org-Id", "globex").is(403, "org_mismatch")
			owner := s.enroll(t, "X-Org-Id", "acme-inc")
			s.clock.Advance(time.Minute)
			owed := map[string]any{"challenge_token": s.challenge(t, "mfa_required", "X-Org-Id", "acme-inc"), "code": s.code(t, owner.secret, 0)}
			s.post(t, "/auth/login/mfa", owed, "X-Org-Id", "globex").is(403, "org_mismatch")
			s.post(t, "/auth/login/mfa", owed, "X-Tenant-ID", "nobody").is(404, "org_not_found")
			s.post(t, "/auth/login/mfa", owed).is(200, "")
			s.post(t, "/auth/logout", nil, "Authorization", "Bearer "+owner.access, "X-Org-Id", "globex").is(403, "org_mismatch")
			s.get(t, "/me", owner.access).is(200, "")

			// A device token of one org does not skip the code in another, and stays valid in its own.
			s.clock.Advance(time.Minute)
			remembered := s.post(t, "/auth/login/mfa", map[string]any{
				"challenge_token": s.challenge(t, "mfa_required", "X-Org-Id", "acme-inc"), "code": s.code(t, owner.secret, 0), "remember_device": true,
			}).is(200, "").text("device_token")
			with := credentials(ownerEmail, ownerPassword)
			with["device_token"] = remembered
			require.Equal(t, "mfa_enrollment_required", s.post(t, "/auth/login", with, "X-Org-Id", "globex").is(200, "").text("status"))
			require.Equal(t, "authenticated", s.post(t, "/auth/login", with, "X-Org-Id", "acme-inc").is(200, "").text("status"))
		})
	}
}

func TestNobodyUsesASuspendedOrg(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			s := start(t, d, multi)
			acme := s.newOrg(t, "acme-inc")
			owner := s.enroll(t, "X-Org-Id", "acme-inc")
			s.clock.Advance(time.Minute)
			owed := map[string]any{"challenge_token": s.challenge(t, "mfa_required", "X-Org-Id", "acme-inc"), "code": s.code(t, owner.secret, 0)}
			s.suspend(t, acme)
			s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword), "X-Org-Id", "acme-inc").is(403, "org_suspended")
			s.get(t, "/me", owner.access).is(403, "org_suspended")
			s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}).is(403, "org_suspended")
			s.post(t, "/auth/login/mfa", owed).is(403, "org_suspended")
			s.call(t, "GET", "/api/v1/auth/orgs/resolve?org=acme-inc", nil).is(403, "org_suspended")
			s.get(t, "/me", owner.access).is(403, "org_suspended")
		})
	}
}

func TestSuspensionStopsAnUnfinishedSignIn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s.addMember(t, "new@example.org", "temporary password", true)
		temporary := s.post(t, "/auth/login", credentials("new@example.org", "temporary password")).is(200, "").text("challenge.token")
		early := s.challenge(t, "mfa_enrollment_required")
		secret := s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": early}).is(200, "").text("secret")
		suspended := func(value domain.Status) {
			for _, email := range []string{"new@example.org", ownerEmail} {
				s.change(t, email, func(u *domain.User) { u.Status = value })
			}
		}
		suspended(domain.StatusSuspended)
		change := map[string]any{"challenge_token": temporary, "new_password": "a fine long password"}
		s.post(t, "/auth/login/password", change).is(403, "account_suspended")
		s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": early}).is(403, "account_suspended")
		proof := map[string]any{"challenge_token": early, "code": s.code(t, secret, 0)}
		s.post(t, "/auth/login/mfa/enroll/confirm", proof).is(403, "account_suspended")
		suspended(domain.StatusActive)

		owner := s.enroll(t)
		s.clock.Advance(time.Minute)
		owed := map[string]any{"challenge_token": s.challenge(t, "mfa_required"), "recovery_code": owner.recoveryCodes[0]}
		suspended(domain.StatusSuspended)
		s.post(t, "/auth/login/mfa", owed).is(403, "account_suspended")
		suspended(domain.StatusActive)
		owed["challenge_token"] = s.challenge(t, "mfa_required")
		s.post(t, "/auth/login/mfa", owed).is(200, "") // the code was not used up
	})
}

// suspend suspends an org in the database.
func (s *service) suspend(t *testing.T, org domain.OrgID) {
	t.Helper()
	s.exec(t, "UPDATE orgs SET status = 'suspended' WHERE id = $1", string(org))
}
