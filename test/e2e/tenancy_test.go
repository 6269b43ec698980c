package e2e

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// newOrg creates a tenant org whose owner has a password but no second factor. The seed creates an
// operators' org, so that newOrg has to change it.
func (s *service) newOrg(t *testing.T, slug string) domain.OrgID {
	t.Helper()
	id := domain.OrgID(uuid.NewString())
	_, err := s.app.Seed.Execute(t.Context(), platform.SeedInput{
		OrgID: id, OrgName: slug, OrgSlug: slug, Email: ownerEmail, FullName: "Owner", Password: domain.NewSecret(ownerPassword),
	})
	require.NoError(t, err)
	s.exec(t, "UPDATE orgs SET platform = false WHERE id = $1", string(id))
	return id
}

func multi(c *bootstrap.Config) { c.MultiTenant, c.TenantBaseDomain = true, "sole.example" }

func TestTheOrgComesFromTheHeaderOrTheToken(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			s := start(t, d, multi)
			acme, globex := s.newOrg(t, "acme-inc"), s.newOrg(t, "acme-inc-2")
			login := func(headers ...string) answer {
				return s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword), headers...)
			}
			login().is(400, "org_required")
			login("X-Org-Id", "nobody").is(404, "org_not_found")
			login("X-Org-Id", "x' OR '1'='1").is(404, "org_not_found")
			for _, headers := range [][]string{{"X-Org-Id", "acme-inc"}, {"X-Org-Id", string(acme)}, {"X-Tenant-ID", "acme-inc"}} {
				login(headers...).is(200, "")
			}

			one, two := s.enroll(t, "X-Org-Id", "acme-inc"), s.enroll(t, "X-Org-Id", "acme-inc-2")
			require.Equal(t, string(acme), s.get(t, "/me", one.access).is(200, "").text("org.id"))
			require.Equal(t, string(globex), s.get(t, "/me", two.access).is(200, "").text("org.id"))
			as := func(token, org string) answer {
				return s.call(t, "GET", "/api/v1/me", nil, "Authorization", "Bearer "+token, "X-Org-Id", org)
			}
			as(one.access, "acme-inc").is(200, "")
			as(one.access, "acme-inc-2").is(403, "org_mismatch")
			as(one.access, "nobody").is(404, "org_not_found")
			s.post(t, "/auth/refresh", map[string]any{"refresh_token": one.refresh}, "X-Org-Id", "acme-inc-2").is(403, "org_mismatch")
			s.post(t, "/auth/refresh", map[string]any{"refresh_token": one.refresh}).is(200, "")
			resolved := s.call(t, "GET", "/api/v1/auth/orgs/resolve?org=acme-inc-2", nil).is(200, "")
			require.Equal(t, string(globex), resolved.text("id"))
		})
	}
}

func TestInSingleModeTenantHeadersAreIgnored(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	s.newOrg(t, "another")
	owner := s.enroll(t, "X-Org-Id", "another")
	require.Equal(t, string(s.app.Config.DefaultOrgID), s.get(t, "/me", owner.access).text("org.id"))
	s.call(t, "GET", "/api/v1/me", nil, "Authorization", "Bearer "+owner.access, "X-Org-Id", "nobody").is(200, "")
}
