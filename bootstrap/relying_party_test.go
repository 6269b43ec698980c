package bootstrap

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// passkeysOf loads a configuration with pairs of keys and values.
func passkeysOf(t *testing.T, pairs ...string) (Config, error) {
	t.Helper()
	defaults := map[string]string{"DATA_DIR": t.TempDir()}
	for i := 0; i < len(pairs); i += 2 {
		defaults[pairs[i]] = pairs[i+1]
	}
	return Load(Source{Defaults: defaults})
}

func TestPasskeysAreForTheHostOfThePublicURLUnlessTold(t *testing.T) {
	for _, c := range []struct {
		url, rpID, origins string
		want               string
		pages              []string
	}{
		{"", "", "", "localhost", []string{"http://localhost:8000"}},
		{"https://id.example.org", "", "", "id.example.org", []string{"https://id.example.org"}},
		{"https://ID.Example.org:443/", "", "", "id.example.org", []string{"https://id.example.org"}},
		{"https://id.example.org:8443", "", "[]", "id.example.org", []string{"https://id.example.org:8443"}},
		{"http://id.example.org:80", "", "", "id.example.org", []string{"http://id.example.org"}},
		{"https://id.example.org", "Example.ORG", "", "example.org", []string{"https://id.example.org"}},
		{"https://id.example.org", "example.org",
			`["HTTPS://App.Example.org:443","https://app.example.org/","http://localhost:5173","https://a.example.com:8443"]`,

			"example.org", []string{"https://app.example.org", "http://localhost:5173", "https://a.example.com:8443"}},
		{"https://acme.github.io", "", "", "acme.github.io", []string{"https://acme.github.io"}},
		{"https://sole", "", "", "sole", []string{"https://sole"}},
		{"https://id.localhost", "localhost", `["http://id.localhost:8000"]`, "localhost", []string{"http://id.localhost:8000"}},
		{"https://id.xn--bcher-kva.example", "xn--bcher-kva.example", "", "xn--bcher-kva.example", []string{"https://id.xn--bcher-kva.example"}},
		{"http://127.0.0.1:8000", "", "", "127.0.0.1", []string{"http://127.0.0.1:8000"}},
		{"https://[2001:DB8::1]:8443", "", "", "2001:db8::1", []string{"https://[2001:db8::1]:8443"}},
		{"https://id.example.org", "[::1]", "", "::1", []string{"https://id.example.org"}},
		{"http://sole_api:8000", "", "", "", []string{"http://sole_api:8000"}},
	} {
		config, err := passkeysOf(t, "PUBLIC_URL", c.url, "WEBAUTHN_RP_ID", c.rpID, "WEBAUTHN_ORIGINS", c.origins)
		require.NoError(t, err, c.url)
		require.Equal(t, c.want, config.RPID, c.url)
		require.Equal(t, c.pages, config.PasskeyOrigins, c.url)
	}
}

func TestAnRPIDOrOriginThatNoBrowserAcceptsIsRefusedWithOneMessage(t *testing.T) {
	for value, reason := range map[string]string{
		"https://example.org": "without a scheme", "example.org:443": "without a scheme",
		"[example.org]": "domain such as", "[]": "domain such as",
		"*.example.org": "without a scheme", ".example.org": "domain such as",
		"example.org.": "domain such as", "exa mple.org": "domain such as", "bücher.example": "xn-- form", "my_host": "domain such as",
		strings.Repeat("a.", 127) + "org": "domain such as",
		"com":                             "a domain of your own", "CO.UK": "a domain of your own", "github.io": "a domain of your own",
	} {
		_, err := passkeysOf(t, "WEBAUTHN_RP_ID", value)
		require.ErrorContains(t, err, "- WEBAUTHN_RP_ID: write ", value)
		require.ErrorContains(t, err, reason, value)
		require.Equal(t, 1, strings.Count(err.Error(), "WEBAUTHN_"), value)
		require.NotContains(t, err.Error(), value)
	}
	for value, reason := range map[string]string{
		"http://app.example.org": "write https:// origins", "http://localhost.example.org": "write https:// origins",
		"https://192.0.2.1": "whose host is a domain", "https://[::1]:8000": "whose host is a domain",
		"http://127.0.0.1:8000": "whose host is a domain",
		"http://127.1":          "whose host is a domain", "https://0x7f.1": "whose host is a domain",
		"https://my_host": "whose host is a domain",
		"app.example.org": "exact origins", "*": "exact origins", "null": "exact origins", "https://*.example.org": "exact origins",
		"https://app.example.org/sign-in": "exact origins", "https://app.example.org?a": "exact origins",
		"https://u@app.example.org": "exact origins",

		"https://bücher.example": "exact origins", "https://": "exact origins", "capacitor://localhost": "exact origins",
		"https://app.example.org:99999": "exact origins",
		"https://app.example.org:0443":  "exact origins", "https://app.example.org:0": "exact origins",
		"android:apk-key-hash:abc": "exact origins",
	} {
		_, err := passkeysOf(t, "WEBAUTHN_ORIGINS", `["https://good.example.org","`+value+`","http://also.bad.example.org"]`)
		require.ErrorContains(t, err, "- WEBAUTHN_ORIGINS: write ", value)
		require.ErrorContains(t, err, reason, value)
		require.Equal(t, 1, strings.Count(err.Error(), "WEBAUTHN_"), value)
	}
	_, err := passkeysOf(t, "WEBAUTHN_ORIGINS", `[1]`)
	require.ErrorContains(t, err, "- WEBAUTHN_ORIGINS: write a JSON list")
}
