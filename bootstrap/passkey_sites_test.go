package bootstrap

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/webauthn"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// TestDoctorFindsPasskeysOfAnotherSite: after a change of WEBAUTHN_RP_ID nobody can use the passkeys that were registered
// before, and nothing else says so.
func TestDoctorFindsPasskeysOfAnotherSite(t *testing.T) {
	d := seeded(t)
	d.withStore(func(app *App) {
		for i, rpID := range []string{"localhost", "example.com", "example.com"} {
			require.NoError(t, app.Store.InOrg(t.Context(), app.Config.DefaultOrgID, func(tx port.OrgTx) error {
				return addPasskey(t, tx, domain.Email(app.Config.SeedEmail), string(rune('a'+i)), rpID)
			}))
		}
	})
	var findings []cli.Finding
	require.NoError(t, program{}.Diagnose(t.Context(), d.o, func(f cli.Finding) { findings = append(findings, f) }))
	require.Contains(t, findings, cli.Finding{
		Level: cli.LevelWarning, Subject: "passkeys",
		Text: "2 cannot be used, because they were registered for example.com: " +
			"write WEBAUTHN_RP_ID=example.com, or let their owners add new ones",
	})
	for _, finding := range findings {
		require.NotContains(t, finding.Text, "registered for localhost")
	}
}

// addPasskey gives an account a passkey that was registered for an RP ID.
func addPasskey(t *testing.T, tx port.OrgTx, email domain.Email, handle, rpID string) error {
	t.Helper()
	owner, err := tx.Users().ByEmail(t.Context(), email)
	require.NoError(t, err)
	data, err := webauthn.Records{}.Encode(port.Passkey{RPID: rpID})
	require.NoError(t, err)
	pending := domain.Authenticator{
		ID: domain.AuthenticatorID(newID()), User: owner.ID, Kind: domain.FactorPasskey, Handle: handle, Data: data,
	}
	pending.Begin("session", time.Now())
	live := pending
	live.Confirm(0, time.Now())
	require.NoError(t, tx.Authenticators().SavePending(t.Context(), pending))
	return tx.Authenticators().Confirm(t.Context(), live, pending)
}

// TestDoctorFindsOrgsThatRequirePasskeysWhereThereAreNone: the requirement holds, so nobody whom it covers can sign in.
func TestDoctorFindsOrgsThatRequirePasskeysWhereThereAreNone(t *testing.T) {
	d := seeded(t)
	d.withStore(func(app *App) {
		require.NoError(t, app.Store.InOrg(t.Context(), app.Config.DefaultOrgID, func(tx port.OrgTx) error {
			settings, err := tx.Org().Settings(t.Context())
			require.NoError(t, err)
			settings.PhishingResistant = string(domain.CoverageAdmins)
			return tx.Org().SaveSettings(t.Context(), settings)
		}))
	})
	for publicURL, fails := range map[string]bool{
		"http://localhost:8000": false, "http://127.0.0.1:8000": true, "http://id.example.org": true,
	} {
		t.Setenv("PUBLIC_URL", publicURL)
		var failures []string
		err := program{}.Diagnose(t.Context(), d.o, func(f cli.Finding) {
			if f.Level == cli.LevelFailure {
				failures = append(failures, f.Text)
			}
		})
		if !fails {
			require.NoError(t, err, publicURL)
			continue
		}
		require.EqualError(t, err, "1 of the checks failed", publicURL)
		require.Contains(t, failures[0], "1 orgs require them (phishing_resistant)", publicURL)
		require.Contains(t, failures[0], "the first org is default", publicURL)
	}
}
