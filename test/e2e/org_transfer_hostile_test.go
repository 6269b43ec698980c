package e2e

import (
	"errors"
	"io"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/orgfile"
	"github.com/sole-platform/sole/application/orgtransfer"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// forgery makes files for a receiver as somebody who has a genuine one and its public key can.
type forgery struct {
	files orgfile.Files // of the receiver
	keys  *jose.Keys    // of the stranger
	own   domain.SealOrigin
	path  string
}

// file copies the genuine file. change is called with each row and returns those in its place; it can change the manifest.
func (f forgery) file(
	t *testing.T, change func(port.OrgFileRow) []port.OrgFileRow, manifest func(*port.OrgManifest), after ...port.OrgFileRow,
) string {
	t.Helper()
	r, err := f.files.Open(f.path)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "forged")
	w, err := f.files.Create(path, f.files.PublicKeys()[0])
	require.NoError(t, err)
	m := port.OrgManifest{Recipient: f.files.PublicKeys()[0], CreatedAt: time.Now(), Rows: map[port.OrgSection]int{}}
	write := func(row port.OrgFileRow) {
		m.Rows[row.Section]++
		require.NoError(t, w.Write(row.Section, row.Values))
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if row.Section == "header" {
			m.Issuer, m.Org = row.Values["issuer"].(string), domain.OrgID(row.Values["org"].(string))
		}
		if row.Section == "manifest" {
			break
		}
		if row.Section == port.SectionOrigins {
			row.Values["key"], row.Values["public_pem"] = string(f.own.Key), f.own.PublicPEM
		}
		for _, changed := range change(row) {
			write(changed)
		}
	}
	require.NoError(t, r.Close())
	m.Digest = w.Digest()
	manifest(&m)
	signed, _, err := jose.OrgManifests{Keys: f.keys, Clock: time.Now}.Sign(m)
	require.NoError(t, err)
	require.NoError(t, w.Write("manifest", port.OrgRow{"signed": signed}))
	for _, row := range after {
		write(row)
	}
	require.NoError(t, w.Keep())
	return path
}

// set replaces a field of the first row of a section.
func set(section port.OrgSection, field string, value any) func(port.OrgFileRow) []port.OrgFileRow {
	return func(row port.OrgFileRow) []port.OrgFileRow {
		if row.Section == section && row.Number == 1 {
			row.Values[field] = value
		}
		return []port.OrgFileRow{row}
	}
}

// twice repeats the first row of a section with other values.
func twice(section port.OrgSection, values map[string]any) func(port.OrgFileRow) []port.OrgFileRow {
	return func(row port.OrgFileRow) []port.OrgFileRow {
		if row.Section != section || row.Number != 1 {
			return []port.OrgFileRow{row}
		}
		again := row
		again.Values = maps.Clone(row.Values)
		maps.Copy(again.Values, values)
		return []port.OrgFileRow{row, again}
	}
}

func asWritten(row port.OrgFileRow) []port.OrgFileRow { return []port.OrgFileRow{row} }

// newForgery returns what a stranger has who got the file that one service exported to another.
func newForgery(t *testing.T, from, to *service) (forgery, orgtransfer.Exported) {
	t.Helper()
	genuine, exported := from.exportTo(t, to)
	files, err := orgfile.New(to.app.Config.SecretKey)
	require.NoError(t, err)
	private, err := jose.GenerateKey(domain.ES256, 0)
	require.NoError(t, err)
	id, err := jose.KeyID(private.Public())
	require.NoError(t, err)
	pem, err := jose.EncodePublicKey(private.Public())
	require.NoError(t, err)
	keys, err := jose.NewKeys(private)
	require.NoError(t, err)
	return forgery{files: files, keys: keys, own: domain.SealOrigin{Key: domain.KeyID(id), PublicPEM: string(pem)}, path: genuine}, exported
}

func asIs(*port.OrgManifest) {}

// hostile is a file with what its refusal says.
type hostile struct{ says, file string }

const nobodyID = "01890a5d-ac96-774b-bcce-b302099a8057"

// inAccounts are files that are hostile in accounts, roles and settings.
func (f forgery) inAccounts(t *testing.T, ownerRole string) []hostile {
	t.Helper()
	const huge = "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"
	return []hostile{
		{
			`section "accounts", row 1, field "email": is no email address`,
			f.file(t, set("accounts", "email", "x"), asIs),
		},
		{
			`section "accounts", row 1, field "password_hash": is no password hash`,
			f.file(t, set("accounts", "password_hash", huge), asIs),
		},
		{
			`section "accounts", row 1, field "version": must be a number`,
			f.file(t, set("accounts", "version", "1"), asIs),
		},
		{
			`section "accounts", row 1, field "org_id": is not a field`,
			f.file(t, set("accounts", "org_id", string(otherOrg)), asIs),
		},
		{
			`section "accounts", row 2, field "email": another account`,
			f.file(t, twice("accounts", map[string]any{"id": nobodyID}), asIs),
		},
		{
			`section "accounts", row 2, field "id": is in the file twice`,
			f.file(t, twice("accounts", map[string]any{"email": "b@example.org"}), asIs),
		},
		{
			`section "account_roles", row 1, field "user_id": names a row that`,
			f.file(t, set("account_roles", "user_id", nobodyID), asIs),
		},
		{
			`section "account_roles", row 1, field "role_id": names a role`,
			f.file(t, set("account_roles", "role_id", nobodyID), asIs),
		},
		{
			`section "service_account_roles", row 1, field "role_id": is the role`,
			f.file(t, set("service_account_roles", "role_id", ownerRole), asIs),
		},
		{
			`section "authenticators", row 1, field "secret": is no secret`,
			f.file(t, set("authenticators", "secret", "x"), asIs),
		},
		{
			`section "settings", row 1, field "document": the setting`,
			f.file(t, set("settings", "document", map[string]any{"remember_device_days": "x"}), asIs),
		},
	}
}

// elsewhere are files that are hostile in other places.
func (f forgery) elsewhere(t *testing.T) []hostile {
	t.Helper()
	return []hostile{
		{
			`section "files", row 1, field "size": is not the size`,
			f.file(t, set("files", "size", int64(6)), asIs),
		},
		{
			`section "files", row 1, field "media": name and type`,
			f.file(t, set("files", "name", "a\r\nb.txt"), asIs),
		},
		{
			`section "org", row 1, field "id": is not the org of the header`,
			f.file(t, set("org", "id", nobodyID), asIs),
		},
		{
			`section "seal_origins", row 1, field "through": must be the number`,
			f.file(t, set("seal_origins", "through", int64(1000)), asIs),
		},
		{
			`the file has version 2, and this build reads version 1`,
			f.file(t, set("header", "version", int64(2)), asIs),
		},
		{
			`section "manifest", row 1, field "signed": the manifest counts`,
			f.file(t, asWritten, func(m *port.OrgManifest) { m.Rows["accounts"]++ }),
		},
		{
			`section "manifest", row 1, field "signed": the rows were changed`,
			f.file(t, asWritten, func(m *port.OrgManifest) { m.Digest[0]++ }),
		},
		{
			`exported for another deployment, and encrypted to this one`,
			f.file(t, asWritten, func(m *port.OrgManifest) { m.Recipient = "age1x" }),
		},
		{
			`section "webhooks", row 1: nothing may follow the manifest`,
			f.file(t, asWritten, asIs, port.OrgFileRow{Section: "webhooks", Values: map[string]any{}}),
		},
		{
			`section "sessions", row 1: this section is unknown`,
			f.file(t, func(row port.OrgFileRow) []port.OrgFileRow {
				if row.Section == port.SectionOrg {
					return []port.OrgFileRow{row, {Section: "sessions", Values: map[string]any{}}}
				}
				return asWritten(row)
			}, asIs),
		},
	}
}

func TestHostileExportsAreRefusedByTheirPlace(t *testing.T) {
	t.Parallel()
	from := start(t, deployments[0], nil)
	to := start(t, deployments[len(deployments)-1], otherDeployment(t, otherOrg))
	owner := from.enroll(t)
	services := from.serviceAccount(t, owner, "Nightly export", "auditor")
	from.apiKey(t, owner, services, nil)
	from.as(t, owner, "POST", "/roles", map[string]any{"name": "Reader", "permissions": []string{"member.read"}}).is(201, "")
	from.upload(t, owner, "POST /files", "notes.txt", []byte("notes")).is(201, "")
	from.seal(t)
	f, exported := newForgery(t, from, to)
	ownerRole := ""
	f.file(t, func(row port.OrgFileRow) []port.OrgFileRow {
		if row.Section == port.SectionRoles && row.Values["name"] == domain.RoleOwner {
			ownerRole = row.Values["id"].(string)
		}
		return asWritten(row)
	}, asIs)
	require.NotEmpty(t, ownerRole)

	for _, c := range append(f.inAccounts(t, ownerRole), f.elsewhere(t)...) {
		_, err := to.app.OrgTransfer().Import.Execute(t.Context(), orgtransfer.Input{Path: c.file}, domain.Digest{}, "")
		require.ErrorContains(t, err, c.says)
		_, err = to.app.Store.Platform().FindOrg(t.Context(), string(from.app.Config.DefaultOrgID))
		require.ErrorIs(t, err, domain.ErrOrgNotFound, c.says)
	}

	forged := f.file(t, asWritten, asIs)
	plan, err := to.app.OrgTransfer().Plan.Execute(t.Context(), orgtransfer.Input{Path: forged, From: exported.SignedBy})
	require.NoError(t, err)
	require.Equal(t, f.own.Key, plan.SignedBy, "the plan names who made the file")
	require.Equal(t, []orgtransfer.Obstacle{orgtransfer.OtherSource}, plan.Obstacles)
	for _, broken := range []string{forged, f.file(t, set("audit_events", "request_id", "changed"), asIs)} {
		_, err = to.app.OrgTransfer().Import.Execute(t.Context(), orgtransfer.Input{Path: broken}, domain.Digest{}, "")
		require.ErrorIs(t, err, orgtransfer.ErrBrokenAudit)
	}
	require.Empty(t, to.storedFiles(t), "nothing that was refused left a file")

	dropped := f.file(t, func(row port.OrgFileRow) []port.OrgFileRow {
		if row.Section == port.SectionRoles && row.Values["name"] == "Reader" {
			row.Values["granted"] = []any{"member.read", "platform.manage", "future.thing"}
		}
		return asWritten(row)
	}, asIs)
	done := to.importedOrg(t, orgtransfer.Input{Path: dropped, BrokenAudit: true})
	require.Equal(t, []string{`"Reader": "platform.manage"`, `"Reader": "future.thing"`}, done.Left.Permissions)
}
