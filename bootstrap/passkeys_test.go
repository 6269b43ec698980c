package bootstrap

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/cli"
)

const manySites = `["https://id.example.org","https://a.example","https://b.example","https://www.b.test",` +
	`"https://c.test","https://d.test","https://e.test"]`

// passkeySettings has what is said about settings, and of each text a part.
var passkeySettings = map[string]struct {
	pairs      []string
	warnings   []string // of production; a development service gets none about its own address
	diagnosis  []string
	asDevelops bool // development gets the same warnings
}{
	"a domain": {
		pairs:     []string{"PUBLIC_URL", "https://id.example.org"},
		diagnosis: []string{"ok: for id.example.org, on pages of https://id.example.org"},
	},
	"an address": {
		pairs:     []string{"PUBLIC_URL", "https://192.0.2.1"},
		warnings:  []string{"passkeys are off, because the host of PUBLIC_URL is not a domain: write one"},
		diagnosis: []string{"note: passkeys are off, because the host of PUBLIC_URL is not a domain"},
	},
	"a name that is no domain": {
		pairs:     []string{"PUBLIC_URL", "https://my_host"},
		warnings:  []string{"the host of PUBLIC_URL is not a domain"},
		diagnosis: []string{"note: passkeys are off"},
	},
	"an address as RP ID": {
		pairs:     []string{"PUBLIC_URL", "https://id.example.org", "WEBAUTHN_RP_ID", "192.0.2.1"},
		warnings:  []string{"passkeys are off, because WEBAUTHN_RP_ID is not a domain: write one, such as WEBAUTHN_RP_ID=id.example.org"},
		diagnosis: []string{"note: passkeys are off"},
	},
	"addresses as RP ID and as host": {
		pairs:     []string{"PUBLIC_URL", "https://192.0.2.1", "WEBAUTHN_RP_ID", "192.0.2.2"},
		warnings:  []string{"passkeys are off, because WEBAUTHN_RP_ID is not a domain: write one, such as WEBAUTHN_RP_ID=example.org"},
		diagnosis: []string{"note: passkeys are off"},
	},
	"no https": {
		pairs: []string{"PUBLIC_URL", "http://id.example.org"},
		warnings: []string{"PUBLIC_URL does not start with https://: passwords",
			"no page can use passkeys, because browsers have them only at domains with https://"},
		diagnosis: []string{"note: no page can use passkeys"},
	},
	"an address, and a domain as RP ID": {
		pairs:     []string{"PUBLIC_URL", "https://192.0.2.1", "WEBAUTHN_RP_ID", "example.org"},
		warnings:  []string{"no page can use passkeys"},
		diagnosis: []string{"note: no page can use passkeys"},
	},
	"an address, and pages at a domain": {
		pairs: []string{"PUBLIC_URL", "https://192.0.2.1", "WEBAUTHN_RP_ID", "example.org",
			"WEBAUTHN_ORIGINS", `["https://app.example.org"]`},
		diagnosis: []string{"ok: for example.org", "note: pages of this service cannot use them, because PUBLIC_URL has no https://"},
	},
	"another site": {
		pairs: []string{"PUBLIC_URL", "https://id.example.org", "WEBAUTHN_RP_ID", "exmaple.org"},
		warnings: []string{"WEBAUTHN_RP_ID is neither the host of PUBLIC_URL nor a domain above it: write WEBAUTHN_RP_ID=id.example.org, " +
			"or make https://exmaple.org/.well-known/webauthn lead to this service"},
		diagnosis: []string{"ok: for exmaple.org"}, asDevelops: true,
	},
	"a domain that only ends alike": {
		pairs:     []string{"PUBLIC_URL", "https://badexample.org", "WEBAUTHN_RP_ID", "example.org"},
		warnings:  []string{"WEBAUTHN_RP_ID is neither the host of PUBLIC_URL nor a domain above it"},
		diagnosis: []string{"ok: for example.org"}, asDevelops: true,
	},
	"related origins served elsewhere": {
		pairs: []string{"PUBLIC_URL", "https://id.example.org", "WEBAUTHN_RP_ID", "example.org",
			"WEBAUTHN_ORIGINS", `["https://id.example.org","https://example.com"]`},
		warnings:  []string{"has sites outside of WEBAUTHN_RP_ID: make https://example.org/.well-known/webauthn lead to this service"},
		diagnosis: []string{"ok: for example.org"}, asDevelops: true,
	},
	"related origins served here": {
		pairs:     []string{"PUBLIC_URL", "https://example.org", "WEBAUTHN_ORIGINS", `["https://example.org","https://example.com"]`},
		diagnosis: []string{"ok: for example.org"},
	},
	"too many names": {
		pairs:     []string{"PUBLIC_URL", "https://id.example.org", "WEBAUTHN_ORIGINS", manySites},
		warnings:  []string{"WEBAUTHN_ORIGINS has sites of 6 names: browsers may read only the first 5 (example, a, b, c, d)"},
		diagnosis: []string{"ok: for id.example.org"}, asDevelops: true,
	},
	"own pages left out": {
		pairs: []string{"PUBLIC_URL", "https://id.example.org", "WEBAUTHN_RP_ID", "example.org",
			"WEBAUTHN_ORIGINS", `["https://app.example.org"]`},
		diagnosis: []string{"ok: for example.org", "note: pages of this service cannot use them: add https://id.example.org to WEBAUTHN_ORIGINS"},
	},
	"orgs at other domains": {
		pairs:     []string{"PUBLIC_URL", "https://id.example.org", "TENANCY_MODE", "multi", "TENANT_BASE_DOMAIN", "example.com"},
		diagnosis: []string{"ok: for id.example.org", "note: pages below TENANT_BASE_DOMAIN cannot use them: write WEBAUTHN_RP_ID=example.com"},
	},
}

func TestSettingsWithWhichPasskeysDoNotWorkAreWarnings(t *testing.T) {
	for name, c := range passkeySettings {
		t.Run(name, func(t *testing.T) {
			config, err := passkeysOf(t, c.pairs...)
			require.NoError(t, err)
			if !c.asDevelops {
				require.Empty(t, config.warnings, "development")
			} else {
				require.Len(t, config.warnings, len(c.warnings), "development")
			}
			var found []string
			for _, finding := range config.diagnosePasskeys() {
				require.Equal(t, "passkeys", finding.Subject)
				found = append(found, string(finding.Level)+": "+finding.Text)
			}
			requireEach(t, c.diagnosis, found)
			config.Production, config.SMTPURL, config.MailFrom = true, "smtps://u:p@mail.example.org:465", "SOLE <no-reply@example.org>"
			var texts []string
			for _, w := range append(config.productionWarnings(), config.passkeyWarnings()...) {
				require.False(t, w.mistake)
				texts = append(texts, w.text)
			}
			requireEach(t, c.warnings, texts)
			for _, finding := range config.diagnosePasskeys() {
				require.NotContains(t, finding.Text, "passkeys are off", "production has that as a warning")
			}
		})
	}
}

// requireEach requires as many texts as parts, each of which contains its part.
func requireEach(t *testing.T, parts, texts []string) {
	t.Helper()
	require.Len(t, texts, len(parts), "%q", texts)
	for i, part := range parts {
		require.Contains(t, texts[i], part)
	}
}

func TestDoctorSaysForWhichSitePasskeysAre(t *testing.T) {
	d := seeded(t)
	var findings []cli.Finding
	require.NoError(t, program{}.Diagnose(t.Context(), d.o, func(f cli.Finding) { findings = append(findings, f) }))
	require.Contains(t, findings, cli.Finding{
		Level: cli.LevelOK, Subject: "passkeys", Text: "for localhost, on pages of http://localhost:8000",
	})
}
