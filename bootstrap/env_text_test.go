package bootstrap

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAHashInAValueIsKept(t *testing.T) {
	for line, want := range map[string]string{
		"JWT_AUDIENCE=a#b":                                     "a#b",
		"JWT_AUDIENCE=#b":                                      "#b",
		"export JWT_AUDIENCE = a#b#c":                          "a#b#c",
		"JWT_AUDIENCE: a#b":                                    "a#b",
		"JWT_AUDIENCE=a#b\r":                                   "a#b",
		"JWT_AUDIENCE=a#b # a comment":                         "a#b",
		"JWT_AUDIENCE=a # one # two":                           "a",
		"JWT_AUDIENCE=a\t# one":                                "a",
		"JWT_AUDIENCE= # nothing":                              "",
		"JWT_AUDIENCE='a # b' # more":                          "a # b",
		`JWT_AUDIENCE="a#b"`:                                   "a#b",
		`JWT_AUDIENCE="it's #1"`:                               "it's #1",
		"JWT_AUDIENCE=plain":                                   "plain",
		"JWT_AUDIENCE='p$WORD'":                                "p$WORD",
		"JWT_AUDIENCE=p$word":                                  "p$word",
		"PORT=1\nJWT_AUDIENCE=a${PORT}":                        "a1",
		"SECRET_KEY='x # y $Z'\nJWT_AUDIENCE=z # not a secret": "z",
	} {
		file, err := parseEnvFile("x", "HOST=a\n"+line+"\nLOG_LEVEL=info\n", true)
		require.NoError(t, err, line)
		require.Equal(t, want, file.values["JWT_AUDIENCE"], line)
		require.Equal(t, "info", file.values["LOG_LEVEL"], line)
	}
}

func TestAValueThatWouldBeCutIsRefused(t *testing.T) {
	for line, reason := range map[string]string{
		"SECRET_KEY=canary # 1":                  "SECRET_KEY: put the value in single quotes if the # belongs to it",
		"SEED_ADMIN_PASSWORD=canary #1":          "SEED_ADMIN_PASSWORD: put",
		"SEED_ADMIN_PASSWORD= #canary":           "SEED_ADMIN_PASSWORD: put",
		"POSTGRES_PASSWORD=canary\t#1":           "POSTGRES_PASSWORD: put",
		"DATABASE_URL=postgres://u:canary$X@h/d": "DATABASE_URL: put the value in single quotes, because its $",
		`SECRET_KEY="canary${UNKNOWN}"`:          "SECRET_KEY: put the value in single quotes, because its $",
		"JWT_AUDIENCE=canary$1":                  "JWT_AUDIENCE: put the value in single quotes, because its $",
		"JWT_AUDIENCE=canary'#":                  "JWT_AUDIENCE: put the value in double quotes",
	} {
		_, err := parseEnvFile("x", line+"\nPORT=1\n", true)
		require.ErrorContains(t, err, reason, line)
		require.NotContains(t, err.Error(), "canary")
		require.NotContains(t, err.Error(), "PORT")
	}
	_, err := parseEnvFile("x", "SOMEBODY_ELSES=a$X\nSOME_URL=b # c\n", true)
	require.NoError(t, err, "keys of others are theirs to read")
}

func TestTheSeedPasswordIsUsedExactly(t *testing.T) {
	folder := t.TempDir()
	load := func(line string) string {
		path := filepath.Join(folder, "settings")
		require.NoError(t, os.WriteFile(path, []byte(line+"\nDATA_DIR='"+folder+"'\n"), 0o600))
		config, err := Load(Source{EnvFile: path, SecretsDir: folder})
		require.NoError(t, err)
		return config.SeedPassword.Reveal()
	}
	require.Equal(t, " a word ", load("SEED_ADMIN_PASSWORD=' a word '"))
	require.Equal(t, "a#word", load("SEED_ADMIN_PASSWORD=a#word"))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "seed_admin_password"), []byte("from a file \r\n"), 0o600))
	require.Equal(t, "from a file ", load("PORT=1"))
	t.Setenv("SEED_ADMIN_PASSWORD", "\tword ")
	require.Equal(t, "\tword ", load("PORT=1"))

	path := filepath.Join(folder, ".env")
	code, output := setupIn(path, "dev", "--data-dir", folder, "--seed-admin-password", "a word ")
	require.Equal(t, exitOK, code, output)
	require.Contains(t, contents(t, path), "SEED_ADMIN_PASSWORD='a word '\n")
}

func TestSecretFilesMayHaveLowerCaseNames(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"jwt_audience": "small\n", "JWT_ISSUER": "capital", "jwt_issuer": "small", "other": "x"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	config, err := Load(Source{SecretsDir: folder, Defaults: map[string]string{"DATA_DIR": folder}})
	require.NoError(t, err)
	require.Equal(t, "small", config.Audience)
	require.Equal(t, "capital", config.Issuer, "the name in capitals wins")
}
