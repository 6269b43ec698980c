package envfile

import (
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
		file, err := format.Parse("x", "HOST=a\n"+line+"\nLOG_LEVEL=info\n", true)
		require.NoError(t, err, line)
		require.Equal(t, want, file.Values["JWT_AUDIENCE"], line)
		require.Equal(t, "info", file.Values["LOG_LEVEL"], line)
	}
}

func TestAValueThatWouldLoseAPartIsRefused(t *testing.T) {
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
		_, err := format.Parse("x", line+"\nPORT=1\n", true)
		require.ErrorContains(t, err, reason, line)
		require.NotContains(t, err.Error(), "canary")
		require.NotContains(t, err.Error(), "PORT")
	}
	_, err := format.Parse("x", "SOMEBODY_ELSES=a$X\nSOME_URL=b # c\n", true)
	require.NoError(t, err, "keys that the service does not read are not checked")
}
