package e2e

import (
	"encoding/base32"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// exported is a file of another system, whose hashes were made by other implementations, and what becomes of its accounts.
type exported struct {
	format, file string
	signIn       []string          // parts of the addresses before the @ of the accounts that sign in with their password
	codes        map[string]string // secrets of those that need a code too, in base32
	suspended    []string
	change       []string // accounts that must set a new password
	refused      int      // rows
}

func base32Of(text string) string { return base32.StdEncoding.EncodeToString([]byte(text)) }

// exportedFiles are the sample files of the formats.
var exportedFiles = []exported{
	{
		format: "keycloak", file: "keycloak.json", signIn: []string{"sha1", "sha256", "sha512", "passkey"}, change: []string{"change"},
		codes: map[string]string{
			"argon2": base32Of("a3Kd9sLq0ZxPw7TnYvB2"), "base32": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "old": base32Of("Quohp7t2mrLMUwft3g90"),
		},
		suspended: []string{"disabled"}, refused: 5,
	},
	{
		format: "auth0", file: "auth0.ndjson", signIn: []string{"bcrypt"}, codes: map[string]string{"profile": "JBSWY3DPEHPK3PXP"},
	},
	{
		format: "auth0", file: "auth0.json", signIn: []string{"argon2", "custom", "pbkdf2", "scrypt", "prefix", "suffix", "ldap"},
		suspended: []string{"blocked"}, refused: 3,
	},
	{
		format: "firebase", file: "firebase.json", signIn: []string{"user1", "lena", "urlsafe"}, suspended: []string{"off"}, refused: 2,
	},
	{
		format: "firebase", file: "firebase.csv", signIn: []string{"comma"}, suspended: []string{"claims"},
	},
	{
		format: "supabase", file: "supabase.csv", signIn: []string{"bcrypt", "argon2", "firebase", "past"},
		codes: map[string]string{"totp": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}, suspended: []string{"banned"}, refused: 2,
	},
	{
		format: "django", file: "django.json",
		signIn:    []string{"pbkdf2", "pbkdf2sha1", "argon2", "bcrypt", "bcryptsha256", "scrypt", "sha1"},
		suspended: []string{"inactive"}, refused: 1,
	},
	{
		format: "django", file: "django.csv", signIn: []string{"row"},
	},
	{
		format: "passlib", file: "passlib.csv",
		signIn: []string{
			"pbkdf2", "pbkdf2sha256", "pbkdf2sha512", "bcrypt", "bcryptv1", "bcryptv2", "scrypt", "argon2", "sha256crypt", "sha512crypt", "ssha",
			"ssha256", "ssha512", "ldappbkdf2", "ldapcrypt", "djangopbkdf2",
		},
		refused: 1,
	},
}

const exportedFolder = "../../adapters/accountfile/testdata"

func (e exported) content(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(exportedFolder, e.file))
	require.NoError(t, err)
	return string(content)
}

func firebaseParameters(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(exportedFolder, "firebase-parameters.txt"))
	require.NoError(t, err)
	return string(text)
}

// who returns the address and the password of an account of the file.
func (e exported) who(name string) account {
	if name == "user1" { // of the documentation of Firebase
		return account{email: "user1@test.com", password: "user1password"}
	}
	return account{email: name + "@" + e.format + ".example", password: name + " rides 7 bikes"}
}

// signsIn requires that every account of the file signs in as it did before, with its own password only.
// Suspended accounts do so once they are activated.
func (e exported) signsIn(t *testing.T, s *service, owner account) {
	t.Helper()
	for _, name := range e.signIn {
		who := e.who(name)
		got := s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "").text("status")
		require.Contains(t, []string{"authenticated", "mfa_enrollment_required"}, got, "%s of %s", name, e.file)
	}
	if len(e.signIn) > 0 {
		who := e.who(e.signIn[0])
		s.post(t, "/auth/login", credentials(who.email, who.password+".")).is(401, "invalid_credentials")
		s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "") // now with the new hash
	}
	for name, secret := range e.codes {
		who := e.who(name)
		s.secondStep(t, who, map[string]any{"code": s.code(t, secret, 0)}, "").is(200, "")
	}
	for _, name := range e.suspended {
		who := e.who(name)
		s.post(t, "/auth/login", credentials(who.email, who.password)).is(401, "invalid_credentials")
		found := s.as(t, owner, "GET", "/members?status=suspended&q="+url.QueryEscape(who.email), nil).is(200, "").at("items").([]any)
		require.Len(t, found, 1, who.email)
		id, _ := found[0].(map[string]any)["id"].(string)
		require.Less(t, s.as(t, owner, "POST", "/members/"+id+"/activate", nil).status, 300)
		s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "")
	}
	for _, name := range e.change {
		who := e.who(name)
		a := s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "")
		require.Equal(t, "password_change_required", a.text("status"))
	}
}

func TestAccountsOfOtherSystemsSignIn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		lapse := s.clock.Now().AddDate(0, 3, 0).Format(time.DateOnly)
		for _, e := range exportedFiles {
			query := url.Values{"format": {e.format}, "allow_weak": {lapse}}
			order := owner.with("Content-Type", "application/octet-stream")
			if e.format == "firebase" {
				order = order.with("Import-Parameters", strings.Join(strings.Fields(firebaseParameters(t)), " "))
			}
			done := s.imported(t, owner, s.as(t, order, "POST", "/members/imports?"+query.Encode(), e.content(t)))
			require.EqualValues(t, e.refused, done.at("refused"), "%s: %s", e.file, done.raw)
			e.signsIn(t, s, owner)
		}
	})
}

// importExample is a command of docs/importing-formats.md.
var importExample = regexp.MustCompile(`(?m)^sole (import .*--format (\S+) .*?(\S+))$`)

// TestWorkedExamplesOfImports runs the commands of docs/importing-formats.md against a running service.
func TestWorkedExamplesOfImports(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	running, stop := dev(t, path, folder)
	document, err := os.ReadFile("../../docs/importing-formats.md")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "firebase.txt"), []byte(firebaseParameters(t)), 0o600))
	files := map[string]exported{}
	for _, e := range exportedFiles {
		if _, later := files[e.format]; !later && e.file != "auth0.ndjson" {
			files[e.format] = e
		}
	}
	run := map[string]bool{}
	for _, example := range importExample.FindAllStringSubmatch(string(document), -1) {
		e, known := files[example[2]]
		if !known {
			continue
		}
		require.NoError(t, os.WriteFile(filepath.Join(folder, example[3]), []byte(e.content(t)), 0o600))
		output, code := sole(t, path, folder, strings.Fields(strings.ReplaceAll(example[1], `"`, ""))...)
		require.Equal(t, min(e.refused, 1), code, "%s: %s", example[0], output)
		require.NotContains(t, output, "the file ", example[0])
		run[e.format] = run[e.format] || !strings.Contains(example[1], "--dry-run")
	}
	for format, e := range files {
		require.True(t, run[format], "there is no example for %s", format)
		who := e.who(e.signIn[0])
		running.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "")
		for name, secret := range e.codes {
			running.secondStep(t, e.who(name), map[string]any{"code": running.code(t, secret, 0)}, "").is(200, "")
		}
	}
	require.Equal(t, 0, stop())
}
