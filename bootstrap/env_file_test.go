package bootstrap

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

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

func TestAFileThatChangedMeanwhileIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	for _, before := range []string{"", "A=1\n"} {
		if before != "" {
			require.NoError(t, os.WriteFile(path, []byte(before), 0o600))
		}
		file, err := openEnvFile(path)
		require.NoError(t, err)
		next, err := file.with(map[string]string{"A": "2"})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, []byte("A=other\n"), 0o600))
		require.ErrorContains(t, file.write(next), "nothing was written")
		require.Equal(t, "A=other\n", contents(t, path))
		entries, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, entries, 1, "nothing is left behind")
	}
}

// FuzzEnvFile: a value is read back the same or refused, and no other key changes.
func FuzzEnvFile(f *testing.F) {
	f.Add("B=2\n", `it's "$5"`)
	f.Add("A='x\n", "#\\n")
	f.Add("PORT=1\nPORT=${B}", "-----BEGIN\\nx")
	f.Fuzz(func(t *testing.T, text, value string) {
		file, err := parseEnvFile("x", text, true)
		if err != nil {
			return
		}
		next, err := file.with(map[string]string{"PORT": value})
		if err != nil {
			return
		}
		require.Equal(t, value, next.values["PORT"])
		for key, was := range file.values {
			if key != "PORT" {
				require.Equal(t, was, next.values[key], key)
			}
		}
	})
}
