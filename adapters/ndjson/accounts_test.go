package ndjson_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/ndjson"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// bcryptHash was made by Python's bcrypt.
const bcryptHash = "$2b$10$3d5Mt2BFNeB7Ahjw7M.1.eYwQN5Q5D7NpACyi7TAVElVGtFn3sMUq"

func readAccounts(t *testing.T, file io.Reader) (accounts []domain.ImportedAccount, err error) {
	t.Helper()
	source, err := ndjson.Accounts{}.Open(file, port.AccountFileOptions{})
	require.NoError(t, err)
	for account, err := range source.Accounts(t.Context()) {
		if err != nil {
			return accounts, err
		}
		accounts = append(accounts, account)
	}
	return accounts, nil
}

func TestALineIsReadWhole(t *testing.T) {
	code := strings.Repeat("ab", 32)
	accounts, err := readAccounts(t, strings.NewReader("\ufeff"+
		`{"email":"ada@example.org","full_name":"Ada","roles":["admin","x"],"status":"suspended",`+
		`"password_hash":"`+bcryptHash+`","must_change_password":true,"totp":{"secret":"jbsw y3dp ehpk 3pxp","algorithm":"sha1","digits":6,`+
		`"period":30,"enrolled_at":"2021-01-02T03:04:05+01:00"},"recovery_codes":["`+code+`"],"created_at":"2020-01-02T03:04:05Z",`+
		`"last_sign_in_at":null,"notes":["a pet"]}`+"\r\n\n  \n"+`{"email":"ben@example.org"}`))
	require.NoError(t, err)
	require.Equal(t, []domain.ImportedAccount{
		{
			Line: 1, Email: "ada@example.org", FullName: "Ada", Roles: []string{"admin", "x"}, Suspended: true, Password: bcryptHash,
			MustChangePassword: true, TOTPSecret: []byte("Hello!\xde\xad\xbe\xef"), RecoveryCodes: [][]byte{bytes.Repeat([]byte{0xab}, 32)},
			CreatedAt: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), TOTPEnrolledAt: time.Date(2021, 1, 2, 2, 4, 5, 0, time.UTC),
			Notes: []string{"a pet"},
		},
		{Line: 4, Email: "ben@example.org"},
	}, accounts)
	var written bytes.Buffer
	require.NoError(t, ndjson.WriteAccount(&written, accounts[0]))
	again, err := readAccounts(t, &written)
	require.NoError(t, err)
	require.Equal(t, accounts[:1], again)
}

func TestALineIsRefusedWithTheMemberThatIsWrong(t *testing.T) {
	for line, want := range map[string]string{
		`{"email":"a@b.cd","pasword_hash":"x"}`: "pasword_hash",
		`{"email":1}`:                           "email",
		`{"roles":"admin"}`:                     "roles",
		`{"status":"deleted"}`:                  "status",
		`{"password_hash":"plain text"}`:        "password_hash",
		`{"password_hash":"$2b$31$3d5Mt2BFNeB7Ahjw7M.1.eYwQN5Q5D7NpACyi7TAVElVGtFn3sMUq"}`:             "password_hash",
		`{"password_hash":"$pbkdf2-sha256$i=1000000000$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHQ"}`: "password_hash",
		`{"must_change_password":true}`: "must_change_password",
		`{"totp":"JBSWY3DPEHPK3PXP"}`:   "totp",
		`{"totp":{"secret":"JBSWY3DPEHPK3PXP","digits":8,"period":60,"algorithm":"SHA256"}}`: "totp.algorithm totp.digits totp.period",
		`{"totp":{"secret":"189"}}`:               "totp.secret",
		`{"totp":{"secrets":"JBSWY3DPEHPK3PXP"}}`: "totp.secrets totp.secret",
		`{"recovery_codes":["xyz"]}`:              "recovery_codes",
		`{"created_at":"yesterday"}`:              "created_at",
		`{"email":"a@b.cd","email":"c@d.ef"}`:     "row",
		`{"email":"a@b.cd"`:                       "row",
		`{"email":"a@b.cd"}{}`:                    "row",
		`"a@b.cd"`:                                "row",
		"{\"email\":\"\xff\"}":                    "row",
		`{"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`: "row",
	} {
		accounts, err := readAccounts(t, strings.NewReader(line))
		require.NoError(t, err, line)
		require.Len(t, accounts, 1, line)
		var columns []string
		for _, fault := range accounts[0].Faults {
			columns = append(columns, fault.Field)
			require.NotEmpty(t, fault.Message)
		}
		require.Equal(t, want, strings.Join(columns, " "), line)
	}
}

// endless is a line that never ends.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return copy(p, bytes.Repeat([]byte{'x'}, len(p))), nil
}

func TestAFileThatIsNoLinesIsRefusedAtOnce(t *testing.T) {
	line := &endless{}
	_, err := readAccounts(t, line)
	require.ErrorIs(t, err, domain.ErrInvalid)
	require.Less(t, line.read, 1<<20, "not more than one buffer is read")
	broken := errors.New("broken")
	_, err = readAccounts(t, io.MultiReader(strings.NewReader(`{"email":"a@b.cd"}`+"\n"), failing{broken}))
	require.ErrorIs(t, err, broken)
	for _, file := range []string{"\xff\xfe{", "\xfe\xff{", "\x1f\x8b\x08", "PK\x03\x04", "[{}]"} {
		accounts, err := readAccounts(t, strings.NewReader(file))
		require.ErrorIs(t, err, domain.ErrInvalid, file)
		require.Empty(t, accounts)
	}
	_, err = ndjson.Accounts{}.Open(strings.NewReader(""), port.AccountFileOptions{Parameters: domain.NewSecret("x")})
	require.ErrorIs(t, err, domain.ErrInvalid)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzAccounts(f *testing.F) {
	f.Add(`{"email":"a@b.cd","totp":{"secret":"JBSWY3DPEHPK3PXP"}}` + "\n{\n")
	f.Add("[\n")
	f.Fuzz(func(t *testing.T, file string) {
		accounts, _ := readAccounts(t, strings.NewReader(file))
		last := 0
		for _, account := range accounts {
			require.Greater(t, account.Line, last)
			last = account.Line
			row := account.Row(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			require.Equal(t, row.Status == domain.RowRefused, len(row.Faults) > 0)
			if row.Status == domain.RowRefused {
				continue
			}
			var written bytes.Buffer
			require.NoError(t, ndjson.WriteAccount(&written, account))
			again, err := readAccounts(t, &written)
			require.NoError(t, err)
			require.Len(t, again, 1)
			require.Empty(t, again[0].Faults)
		}
	})
}
