package bootstrap

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnknownKeysAreReportedWithASuggestion(t *testing.T) {
	file, err := format().Parse("settings", "PROT=8103\nPUBLIC_ULR=x\nDATABASE=x\nSMTPURL=x\nport=1\nGREETING=hello\nOTEL_SERVICE_NAME=sole\n"+
		"POSTGRES_PASSWORD=x\nSOLE_PORTS=1\nCOMPOSE_PROFILES=dev\nPGPASSWORD=x\nX=1\n", true)
	require.NoError(t, err)
	reported := map[string]bool{}
	for _, w := range unknownKeys(file) {
		reported[w.text] = w.mistake
	}
	require.Equal(t, map[string]bool{
		"settings: the key PROT is not known and changes nothing; did you mean PORT?":                                                     true,
		"settings: the key PUBLIC_ULR is not known and changes nothing; did you mean PUBLIC_URL?":                                         true,
		"settings: the key DATABASE is not known and changes nothing; did you mean DATABASE_URL?":                                         true,
		"settings: the key SMTPURL is not known and changes nothing; did you mean SMTP_URL?":                                              true,
		"settings: the key GREETING is not known and changes nothing":                                                                     false,
		"settings: the key X is not known and changes nothing":                                                                            false,
		"settings: the key OTEL_SERVICE_NAME is not known and changes nothing; set variables of the OpenTelemetry SDK in the environment": false,
	}, reported)
}

func TestProductionGetsWarnings(t *testing.T) {
	texts := func(c Config) string {
		c.Production = true
		var all []string
		for _, w := range c.productionWarnings() {
			require.False(t, w.mistake)
			all = append(all, w.text)
		}
		return strings.Join(all, "\n")
	}
	good := Config{PublicURL: "https://id.example.org", SMTPURL: "smtps://u:p@mail.example.org:465", MailFrom: "SOLE <no-reply@example.org>"}
	require.Empty(t, texts(good))
	c := good
	c.SMTPURL = ""
	require.Contains(t, texts(c), "SMTP_URL is not set")
	c = good
	c.MailFrom = "SOLE <no-reply@localhost>"
	require.Contains(t, texts(c), "MAIL_FROM")
	for _, local := range []string{"http://localhost:8000", "http://127.0.0.1:8000", "https://[::1]", "https://id.localhost"} {
		c = good
		c.PublicURL = local
		require.Contains(t, texts(c), "this machine only", local)
	}
	c = good
	c.PublicURL = "http://id.example.org"
	require.Contains(t, texts(c), "https://")
	require.Empty(t, Config{PublicURL: "http://localhost:8000"}.productionWarnings(), "development gets no warnings")
}

func TestAnIssuerThatIsNotTheURLGetsAWarning(t *testing.T) {
	require.Empty(t, Config{PublicURL: "https://id.example.org", Issuer: "https://id.example.org"}.issuerWarnings())
	for _, issuer := range []string{"https://login.example.org", "https://id.example.org/", "sole"} {
		warnings := Config{PublicURL: "https://id.example.org", Issuer: issuer}.issuerWarnings()
		require.Len(t, warnings, 1, issuer)
		require.Contains(t, warnings[0].text, "JWT_ISSUER is not PUBLIC_URL")
		require.False(t, warnings[0].mistake)
	}
}

func TestProductionDoesNotStartWithoutItsURL(t *testing.T) {
	path, _ := production(t)
	text := strings.Replace(contents(t, path), "PUBLIC_URL=https://id.example.org\n", "", 1)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	for _, command := range []string{"serve", "doctor"} {
		var out bytes.Buffer
		require.Equal(t, exitFailure, Main([]string{command, "--env-file", path}, &out, &out))
		require.Contains(t, out.String(), "- PUBLIC_URL: write the service's own URL as clients see it, such as https://id.example.org")
	}
}

// TestDoctorAndStartReportMisspeltKeys also has another issuer, which is a warning, not a failure.
func TestDoctorAndStartReportMisspeltKeys(t *testing.T) {
	d := seeded(t)
	text := contents(t, d.o.EnvFile) + "\nJWT_ISSUER=https://login.example.org\nPROT=8103\n"
	require.NoError(t, os.WriteFile(d.o.EnvFile, []byte(text), 0o600))
	var out, log bytes.Buffer
	require.Error(t, actions(&out, &out).Doctor(t.Context(), d.o))
	require.Contains(t, out.String(), "FAIL  "+d.o.EnvFile+": the key PROT is not known and changes nothing; did you mean PORT?")
	require.Contains(t, out.String(), "ok    default org", "the other checks still run")
	app, err := create(t.Context(), d.o, &log, nil)
	require.NoError(t, err)
	require.NoError(t, app.Close())
	require.Contains(t, log.String(), "did you mean PORT?")
	require.Contains(t, log.String(), "JWT_ISSUER is not PUBLIC_URL")

	require.NoError(t, os.WriteFile(d.o.EnvFile, []byte(strings.TrimSuffix(text, "PROT=8103\n")), 0o600))
	out.Reset()
	require.NoError(t, actions(&out, &out).Doctor(t.Context(), d.o), out.String())
	require.Contains(t, out.String(), "JWT_ISSUER is not PUBLIC_URL")
	require.NoDirExists(t, filepath.Join(d.folder, "data", "mail"))
}
