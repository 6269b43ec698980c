package accountfile_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/accountfile"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var update = flag.Bool("update", false, "write what the files are read as")

var (
	today   = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	lapsing = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
)

func formatNamed(t testing.TB, name string) port.AccountFormat {
	t.Helper()
	for _, format := range accountfile.Formats(func() time.Time { return today }) {
		if format.Name() == name {
			return format
		}
	}
	t.Fatalf("no format %s", name)
	return nil
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return content
}

func withParameters(t testing.TB, options port.AccountFileOptions) port.AccountFileOptions {
	t.Helper()
	options.Parameters = domain.NewSecret(string(testdata(t, "firebase-parameters.txt")))
	return options
}

// read returns all accounts of a file, and the error after which it cannot be read further.
func read(t testing.TB, format string, file []byte, options port.AccountFileOptions) ([]domain.ImportedAccount, error) {
	t.Helper()
	source, err := formatNamed(t, format).Open(bytes.NewReader(file), withParameters(t, options))
	require.NoError(t, err)
	var all []domain.ImportedAccount
	for one, err := range source.Accounts(context.Background()) {
		if err != nil {
			return all, err
		}
		all = append(all, one)
	}
	return all, nil
}

// summary describes an account without its secrets.
func summary(a domain.ImportedAccount) string {
	text := fmt.Sprintf("%d %s %q", a.Line, a.Email, a.FullName)
	if a.Password != "" {
		if hash, err := domain.ParseImportedHash(a.Password); err != nil {
			text += " UNREADABLE PASSWORD"
		} else {
			text += fmt.Sprintf(" %s(%d)", hash.Scheme, hash.Cost)
		}
	}
	for _, flag := range []struct {
		set  bool
		name string
	}{{a.Suspended, "suspended"}, {a.MustChangePassword, "must-change"}, {a.TOTPSecret != nil, fmt.Sprintf("totp(%d)", len(a.TOTPSecret))}} {
		if flag.set {
			text += " " + flag.name
		}
	}
	for name, at := range map[string]time.Time{"created": a.CreatedAt} {
		if !at.IsZero() {
			text += " " + name + "=" + at.Format(time.RFC3339Nano)
		}
	}
	if !a.LastSignInAt.IsZero() {
		text += " signed-in=" + a.LastSignInAt.Format(time.RFC3339Nano)
	}
	if !a.TOTPEnrolledAt.IsZero() {
		text += " enrolled=" + a.TOTPEnrolledAt.Format(time.RFC3339Nano)
	}
	if len(a.Roles) > 0 {
		text += " roles=" + strings.Join(a.Roles, ",")
	}
	if len(a.ForeignRoles) > 0 {
		text += " elsewhere=" + strings.Join(a.ForeignRoles, ",")
	}
	for _, note := range a.Notes {
		text += "\n    note: " + note
	}
	for _, fault := range a.Faults {
		text += "\n    fault: " + fault.Field + ": " + fault.Message
	}
	return text + "\n"
}

// The files were written by testdata/make.py with the hashes of other implementations. testdata/NAME.read says what is read
// of them; the tests of imports sign in with the passwords.
func TestTheFilesOfOtherSystemsAreRead(t *testing.T) {
	for _, c := range []struct{ format, file string }{
		{"keycloak", "keycloak.json"}, {"auth0", "auth0.ndjson"}, {"auth0", "auth0.json"}, {"firebase", "firebase.json"},
		{"firebase", "firebase.csv"}, {"supabase", "supabase.csv"}, {"django", "django.json"}, {"django", "django.csv"},
		{"passlib", "passlib.csv"},
	} {
		t.Run(c.file, func(t *testing.T) {
			accounts, err := read(t, c.format, testdata(t, c.file), port.AccountFileOptions{WeakUntil: lapsing})
			require.NoError(t, err)
			got := ""
			for _, account := range accounts {
				got += summary(account)
			}
			name := "testdata/" + c.file + ".read"
			if *update {
				require.NoError(t, os.WriteFile(name, []byte(got), 0o600))
			}
			want, err := os.ReadFile(name)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}
