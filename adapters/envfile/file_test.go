package envfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var format = Format{
	Known:         []string{"PORT", "HOST", "LOG_LEVEL", "DATABASE_URL", "JWT_AUDIENCE", "SECRET_KEY", "SEED_ADMIN_PASSWORD"},
	Secrets:       []string{"SECRET_KEY", "DATABASE_URL", "SEED_ADMIN_PASSWORD", "POSTGRES_PASSWORD"},
	InEnvironment: func(string) bool { return false },
}

func TestReplaceLine(t *testing.T) {
	for _, c := range []struct{ text, key, line, want string }{
		{"", "A", "A=1\n", "A=1\n"},
		{"B=2", "A", "A=1\n", "B=2\nA=1\n"},
		{"A=0\nB=2\n", "A", "A=1\n", "A=1\nB=2\n"},
		{"# A=0\nAA=0\nexport A = 0 # old\n", "A", "A=1\n", "# A=0\nAA=0\nA=1\n"},
		{"A='x\ny'\nB=2\n", "A", "A=1\n", "A=1\nB=2\n"},
		{"A=\"x\ny\"\nB=2\n", "A", "A=1\n", "A=1\nB=2\n"},
		{"A=0\nB=2\nA=3\n", "A", "A=1\n", "A=1\nB=2\n"},
		{"A=0\nB=2\n", "A", "", "B=2\n"},
		{"B=2", "A", "", "B=2"},
		{"A=0", "A", "A=1\n", "A=1\n"},
	} {
		require.Equal(t, c.want, replaceLine(c.text, c.key, c.line), "%q", c.text)
	}
}

func TestWriteRefusesAFileThatHasChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	for _, before := range []string{"", "A=1\n"} {
		if before != "" {
			require.NoError(t, os.WriteFile(path, []byte(before), 0o600))
		}
		file, err := format.Open(path)
		require.NoError(t, err)
		next, err := file.With(map[string]string{"A": "2"})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, []byte("A=other\n"), 0o600))
		require.ErrorContains(t, file.Write(next), "nothing was written")
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "A=other\n", string(text))
		entries, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, entries, 1, "nothing is left behind")
	}
}

// FuzzEnvFile requires that a value is read back the same or refused, and that no other key changes.
func FuzzEnvFile(f *testing.F) {
	f.Add("B=2\n", `it's "$5"`)
	f.Add("A='x\n", "#\\n")
	f.Add("PORT=1\nPORT=${B}", "-----BEGIN\\nx")
	f.Fuzz(func(t *testing.T, text, value string) {
		file, err := format.Parse("x", text, true)
		if err != nil {
			return
		}
		next, err := file.With(map[string]string{"PORT": value})
		if err != nil {
			return
		}
		require.Equal(t, value, next.Values["PORT"])
		for key, was := range file.Values {
			if key != "PORT" {
				require.Equal(t, was, next.Values[key], key)
			}
		}
	})
}
