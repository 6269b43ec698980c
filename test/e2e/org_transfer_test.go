package e2e

import (
	"bytes"
	"context"
	"crypto"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/orgtransfer"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// otherDeployment changes a configuration to that of another deployment, which has its own signing key and serves several orgs.
func otherDeployment(t *testing.T, defaultOrg domain.OrgID) func(*bootstrap.Config) {
	t.Helper()
	key, err := jose.GenerateKey(domain.RS256, 2048)
	require.NoError(t, err)
	pem, err := jose.EncodePrivateKey(key)
	require.NoError(t, err)
	return func(c *bootstrap.Config) {
		c.PrivateKeyPEM, c.PublicKeyPEM = string(pem), ""
		c.MultiTenant, c.DefaultOrgID, c.DefaultOrgSlug, c.SeedEmail = true, defaultOrg, "operators", "operator@example.org"
	}
}

const otherOrg domain.OrgID = "00000000-0000-4000-8000-0000000000aa"

// exportTo exports the default org to a new file for another service.
func (s *service) exportTo(t *testing.T, to *service) (string, orgtransfer.Exported) {
	t.Helper()
	key, err := to.app.OrgTransfer().ReceiveKey.Execute()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "org.soleorg")
	done, err := s.app.OrgTransfer().Export.Execute(t.Context(), orgtransfer.ExportInput{
		Org: string(s.app.Config.DefaultOrgID), To: key.Key, Path: file, Command: "sole org export",
	})
	require.NoError(t, err)
	require.Equal(t, key.Fingerprint, done.Fingerprint)
	return file, done
}

func (s *service) importedOrg(t *testing.T, in orgtransfer.Input) orgtransfer.Planned {
	t.Helper()
	plan, err := s.app.OrgTransfer().Plan.Execute(t.Context(), in)
	require.NoError(t, err)
	require.Empty(t, plan.Obstacles)
	done, err := s.app.OrgTransfer().Import.Execute(t.Context(), in, plan.Digest, "sole org import")
	require.NoError(t, err)
	return done
}

// verified verifies the audit log of an org, and returns the report.
func (s *service) verified(t *testing.T, org domain.OrgID) (report audit.Report) {
	t.Helper()
	keys, err := s.app.Store.Platform().SigningKeys(t.Context())
	require.NoError(t, err)
	var public [][]byte
	for _, key := range keys {
		public = append(public, []byte(key.PublicPEM))
	}
	verifier := sealVerifier(t, public, s.app.Config.PrivateKeyPEM)
	require.NoError(t, audit.VerifyStored{Store: s.app.Store, Verifier: verifier}.Execute(t.Context(), string(org), "",
		func(_ domain.OrgID, r audit.Report) { report = r }))
	require.Nil(t, report.Break)
	return report
}

func sealVerifier(t *testing.T, public [][]byte, private string) port.SealVerifier {
	t.Helper()
	own, err := jose.LoadPrivateKey([]byte(private))
	require.NoError(t, err)
	trusted := []crypto.PublicKey{own.Public()}
	for _, text := range public {
		key, err := jose.LoadPublicKey(text)
		require.NoError(t, err)
		trusted = append(trusted, key)
	}
	verifier, err := jose.NewSealVerifier(trusted)
	require.NoError(t, err)
	return verifier
}

func (s *service) seal(t *testing.T) {
	t.Helper()
	_, err := s.app.Sealing().Execute(t.Context())
	require.NoError(t, err)
}

// TestAnOrgMovesToAnotherDeployment moves an org with every kind of data from SQLite to PostgreSQL and back.
func TestAnOrgMovesToAnotherDeployment(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name     string
		from, to int
	}{{"first to last", 0, len(deployments) - 1}, {"last to first", len(deployments) - 1, 0}} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			from := start(t, deployments[way.from], nil)
			to := start(t, deployments[way.to], otherDeployment(t, otherOrg))
			moves(t, from, to)
		})
	}
}

func moves(t *testing.T, from, to *service) {
	t.Helper()
	owner := from.enroll(t)
	from.clock.Advance(30 * time.Second)
	member, device := from.remembered(t, from.enrolOwn(t, from.member(t)))
	content := bytes.Repeat([]byte("a line of a file\n"), 40_000) // several pieces
	file := from.upload(t, owner, "POST /files", "notes.txt", content).is(201, "").text("id")
	services := from.serviceAccount(t, owner, "Nightly export", "auditor")
	key := from.apiKey(t, owner, services, nil).text("key")
	hook := from.as(t, owner, "POST", "/webhooks", map[string]any{"url": "https://example.com/hook", "events": []string{"*"}}).is(201, "")
	role := from.as(t, owner, "POST", "/roles", map[string]any{"name": "Reader", "permissions": []string{"member.read"}}).is(201, "")
	from.seal(t)

	path, exported := from.exportTo(t, to)
	org := from.app.Config.DefaultOrgID
	plan := to.importedOrg(t, orgtransfer.Input{Path: path, Slug: "acme", From: exported.SignedBy})
	require.Equal(t, []any{org, domain.Slug("acme"), exported.Digest}, []any{plan.Org, plan.Slug, plan.Digest})
	to.clock.Advance(from.clock.Now().Sub(to.clock.Now()) + 30*time.Second)
	there := []string{"X-Org-Id", "acme"}
	signsIn := func(who account, proof map[string]any, device string) answer {
		t.Helper()
		first := credentials(who.email, who.password)
		if device != "" {
			first["device_token"] = device
		}
		a := to.post(t, "/auth/login", first, there...).is(200, "")
		if proof == nil {
			return a
		}
		require.Equal(t, "mfa_required", a.text("status"), a.raw)
		proof["challenge_token"] = a.text("challenge.token")
		return to.post(t, "/auth/login/mfa", proof, there...).is(200, "")
	}
	to.post(t, "/auth/login", credentials(owner.email, "another password"), there...).is(401, "invalid_credentials")
	access := signsIn(owner, map[string]any{"code": to.code(t, owner.secret, 0)}, "").text("tokens.access_token")
	signsIn(member, map[string]any{"recovery_code": member.recoveryCodes[0]}, "")
	require.Equal(t, "authenticated", signsIn(member, nil, device).text("status"), "the remembered device needs no code")
	require.Equal(t, "service_account", to.get(t, "/me", key).is(200, "").text("type"))
	moved := account{access: access}
	require.Equal(t, string(content), to.as(t, moved, "GET", "/files/"+file, nil).is(200, "").raw)
	shown := to.as(t, moved, "GET", "/webhooks/"+hook.text("id"), nil).is(200, "")
	require.Equal(t, "disabled", shown.text("disabled_reason"), shown.raw)
	require.Equal(t, "Reader", to.as(t, moved, "GET", "/roles/"+role.text("id"), nil).is(200, "").text("name"))

	to.get(t, "/me", owner.access).is(401, "") // the keys of the sender verify seals only
	to.seal(t)
	report := to.verified(t, org)
	require.Greater(t, report.Seals, exported.Newest.Number)
	require.Zero(t, report.Waiting)
	require.NotEmpty(t, to.as(t, moved, "GET", "/audit-events?action=org.imported", nil).is(200, "").at("items"))
	require.NotEmpty(t, from.as(t, owner, "GET", "/audit-events?action=org.exported", nil).is(200, "").at("items"))
	again, err := to.app.OrgTransfer().Plan.Execute(t.Context(), orgtransfer.Input{Path: path, Slug: "acme"})
	require.NoError(t, err)
	require.ElementsMatch(t, []orgtransfer.Obstacle{orgtransfer.IDTaken, orgtransfer.SlugTaken}, again.Obstacles)
}

// TestAnOrgWhoseIDIsTakenGetsANewOne imports the default org of one deployment into another with a default org of the same id.
func TestAnOrgWhoseIDIsTakenGetsANewOne(t *testing.T) {
	t.Parallel()
	from := start(t, deployments[0], nil)
	to := start(t, deployments[len(deployments)-1], otherDeployment(t, from.app.Config.DefaultOrgID))
	owner := from.enroll(t)
	key := from.apiKey(t, owner, from.serviceAccount(t, owner, "Nightly export", "auditor"), nil).text("key")
	from.seal(t)
	path, _ := from.exportTo(t, to)
	taken, err := to.app.OrgTransfer().Plan.Execute(t.Context(), orgtransfer.Input{Path: path})
	require.NoError(t, err)
	require.Equal(t, []orgtransfer.Obstacle{orgtransfer.IDTaken}, taken.Obstacles)
	_, err = to.app.OrgTransfer().Import.Execute(t.Context(), orgtransfer.Input{Path: path}, taken.Digest, "")
	require.ErrorIs(t, err, orgtransfer.ErrObstacles)

	done := to.importedOrg(t, orgtransfer.Input{Path: path, NewID: true})
	require.NotEqual(t, done.Former, done.Org)
	require.Equal(t, 1, done.Left.Keys)
	to.clock.Advance(from.clock.Now().Sub(to.clock.Now()) + 30*time.Second)
	a := to.post(t, "/auth/login", credentials(owner.email, owner.password), "X-Org-Id", "default").is(200, "")
	proof := map[string]any{"challenge_token": a.text("challenge.token"), "code": to.code(t, owner.secret, 0)}
	to.post(t, "/auth/login/mfa", proof).is(200, "")
	to.get(t, "/me", key).is(401, "")
	to.seal(t)
	require.Greater(t, to.verified(t, done.Org).Seals, int64(1))
	to.verified(t, from.app.Config.DefaultOrgID)
}

// TestAnInterruptedImportLeavesNothing cancels imports at many places, as a killed process would end them, and imports then.
func TestAnInterruptedImportLeavesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, to *service) {
		from := start(t, deployments[0], func(c *bootstrap.Config) { c.DefaultOrgID, c.DefaultOrgSlug = otherOrg, "acme" })
		owner := from.enroll(t)
		from.upload(t, owner, "POST /files", "notes.txt", []byte("notes")).is(201, "")
		path, _ := from.exportTo(t, to)
		in := orgtransfer.Input{Path: path}
		for _, after := range []int{0, 5, 10, 20, 30, 40, 60} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(after)*time.Millisecond)
			_, err := to.app.OrgTransfer().Import.Execute(ctx, in, domain.Digest{}, "")
			cancel()
			if err == nil {
				return // fast enough: everything is there
			}
			_, err = to.app.Store.Platform().FindOrg(t.Context(), string(otherOrg))
			require.ErrorIs(t, err, domain.ErrOrgNotFound)
		}
		require.Equal(t, otherOrg, to.importedOrg(t, in).Org)
	})
}
