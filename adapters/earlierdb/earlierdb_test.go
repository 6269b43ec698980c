package earlierdb_test

import (
	"fmt"
	"iter"
	neturl "net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/earlierdb"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// What make.py uses.
var secrets = earlierdb.Secrets{
	Key: domain.NewSecret("the-secret-key-of-the-earlier-service"), Salt: domain.NewSecret("the-salt-of-the-earlier-service"),
}

const totp = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// TestReading reads schemas of one database, because a database for each test takes longer than the tests.
func TestReading(t *testing.T) {
	server := harness.Postgres(t)
	made := 0
	for name, test := range map[string]func(*testing.T, newSchema){
		"orgs come with their settings and roles":           orgsAreRead,
		"accounts come with what an org sees of them":       accountsAreRead,
		"both keys open secrets":                            keysOpenSecrets,
		"nothing is written, and one moment is read":        oneMomentIsRead,
		"a database of something else is refused":           othersAreRefused,
		"the name of a Python driver in the URL is ignored": driversAreIgnored,
	} {
		t.Run(name, func(t *testing.T) {
			test(t, func(t *testing.T, files ...string) (string, func(string)) {
				made++
				return schema(t, server, fmt.Sprint("schema", made), files)
			})
		})
	}
}

// newSchema returns the URL of a schema with the files of testdata, and a function that changes it.
type newSchema func(t *testing.T, files ...string) (url string, execute func(statements string))

func schema(t *testing.T, server, name string, files []string) (url string, execute func(statements string)) {
	t.Helper()
	url = server
	execute = func(statements string) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), url)
		require.NoError(t, err)
		defer func() { require.NoError(t, conn.Close(t.Context())) }()
		_, err = conn.Exec(t.Context(), statements)
		require.NoError(t, err)
	}
	execute("CREATE SCHEMA " + name)
	parsed, err := neturl.Parse(server)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set("search_path", name)
	parsed.RawQuery = query.Encode()
	url = parsed.String()
	for _, name := range append([]string{"schema.sql"}, files...) {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(t, err)
		execute(string(text))
	}
	return url, execute
}

func open(t *testing.T, url string, with earlierdb.Secrets) *earlierdb.Database {
	t.Helper()
	db, err := earlierdb.Open(t.Context(), url, with)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close(t.Context()) })
	return db
}

func collect(t *testing.T, accounts iter.Seq2[port.EarlierAccount, error]) (all []port.EarlierAccount) {
	t.Helper()
	for account, err := range accounts {
		require.NoError(t, err)
		all = append(all, account)
	}
	return all
}

func named(t *testing.T, all []port.EarlierAccount, email string) port.EarlierAccount {
	t.Helper()
	at := slices.IndexFunc(all, func(a port.EarlierAccount) bool { return a.Email == email })
	require.GreaterOrEqual(t, at, 0, email)
	return all[at]
}

func orgsAreRead(t *testing.T, database newSchema) {
	t.Helper()
	url, _ := database(t, "older.sql")
	orgs, err := open(t, url, secrets).Orgs(t.Context())
	require.NoError(t, err)
	require.Len(t, orgs, 3)
	acme := orgs[0]
	require.Equal(t, "acme-inc", acme.ID)
	require.Equal(t, "Beta_GmbH", orgs[1].Slug)
	require.Equal(t, "SUSPENDED", orgs[2].Status)
	switches := map[string]bool{"require_two_factor": false, "allow_profile_edit": false, "allow_user_data_export": true}
	require.Equal(t, switches, acme.Settings.Switches)
	require.Equal(t, map[string]int64{
		"remember_device_days": 900, "session_timeout_minutes": 20, "audit_log_retention_days": 365, "inactive_user_retention_days": 7,
	}, acme.Settings.Numbers)
	required := port.EarlierNames{Names: []string{"coffee.make", "login", "user.delete"}, Partial: true}
	require.Equal(t, required, acme.Settings.MFARequiredActions)
	require.Equal(t, []string{"default_currency", "theme"}, acme.Settings.Others)
	require.Len(t, acme.Roles, 4)
	require.Equal(t, "Admin", acme.Roles[0].Name)
	require.True(t, acme.Roles[0].System)
	require.Contains(t, acme.Roles[0].Permissions.Names, "user.onboard")
	require.Equal(t, port.EarlierNames{Partial: true}, acme.Roles[1].Permissions, "no list")
}

func accountsAreRead(t *testing.T, database newSchema) {
	t.Helper()
	url, _ := database(t, "older.sql")
	db := open(t, url, secrets)
	all := collect(t, db.Accounts(t.Context(), "acme-inc"))
	emails := make([]string, len(all))
	for i, account := range all {
		emails[i] = account.Email
	}
	require.Equal(t, "ann@ bob@ Bob@ carol@ dave@ erin@ fred@ gina@ hank@ ivy@ jack@ kim@ moe@ no address vera@",
		strings.ReplaceAll(strings.Join(emails, " "), "example.org", ""))

	ann := named(t, all, "ann@example.org")
	require.Equal(t, totp, ann.MFA.Secret.Reveal())
	require.True(t, ann.Superuser && ann.Active && ann.MFA.Opened && ann.MFA.Enabled)
	require.Len(t, ann.RecoveryCodes, 2, "used codes stay behind")
	require.Len(t, ann.Roles, 1)
	require.Equal(t, "2021-03-04T05:06:07Z", ann.CreatedAt.Format("2006-01-02T15:04:05Z"))
	require.Equal(t, 2, named(t, all, "bob@example.org").Exceptions)
	require.Equal(t, []string{"acme-inc", "beta"}, named(t, all, "carol@example.org").Orgs)
	require.Equal(t, "INVITED", named(t, all, "erin@example.org").PlatformStatus)
	gina := named(t, all, "gina@example.org")
	require.True(t, gina.MFA.Sealed && !gina.MFA.Opened && gina.MFA.Secret.IsZero())
	require.True(t, named(t, all, "jack@example.org").CreatedAt.IsZero(), "infinity is no time")
	require.Empty(t, named(t, all, "moe@example.org").Orgs)
	require.Less(t, len(named(t, all, "no address").FullName), 400, "a text of any length is cut")

	beta := collect(t, db.Accounts(t.Context(), "beta"))
	require.Len(t, beta, 2)
	require.Empty(t, named(t, beta, "carol@example.org").Roles, "roles belong to one org")
	require.Equal(t, "acme-inc", named(t, beta, "liz@example.org").OwnOrg)

	require.Len(t, collect(t, db.Superusers(t.Context(), "")), 1)
	require.Empty(t, collect(t, db.Superusers(t.Context(), "acme-inc")), "they are moved with this org")
	left, err := db.LeftBehind(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"user_permissions": 1, "access_control_list": 1, "user_mfa_devices": 1, "audit_logs": 1}, left)
}

func keysOpenSecrets(t *testing.T, database newSchema) {
	t.Helper()
	url, _ := database(t, "later.sql")
	for name, c := range map[string]struct {
		with earlierdb.Secrets
		want port.EarlierKeys
	}{
		"both":          {secrets, port.EarlierKeys{Sampled: 2, Older: 1, Later: 1}},
		"no salt":       {earlierdb.Secrets{Key: secrets.Key}, port.EarlierKeys{Sampled: 2, Older: 1, None: 1}},
		"other rounds":  {earlierdb.Secrets{Key: secrets.Key, Salt: secrets.Salt, Rounds: 1000}, port.EarlierKeys{Sampled: 2, Older: 1, None: 1}},
		"the wrong key": {earlierdb.Secrets{Key: domain.NewSecret("wrong"), Salt: secrets.Salt}, port.EarlierKeys{Sampled: 2, None: 2}},
		"no key":        {earlierdb.Secrets{}, port.EarlierKeys{Sampled: 2, None: 2}},
	} {
		keys, err := open(t, url, c.with).Keys(t.Context())
		require.NoError(t, err, name)
		require.Equal(t, c.want, keys, name)
	}
	_, err := earlierdb.Open(t.Context(), url, earlierdb.Secrets{Key: secrets.Key, Salt: secrets.Salt, Rounds: 2_000_000_000})
	require.ErrorContains(t, err, "rounds")
}

func oneMomentIsRead(t *testing.T, database newSchema) {
	t.Helper()
	url, execute := database(t, "later.sql")
	db := open(t, url, secrets)
	before, err := db.Identity(t.Context())
	require.NoError(t, err)
	execute("DELETE FROM user_roles; DELETE FROM user_mfa_recovery_codes; DELETE FROM org_memberships; DELETE FROM users")
	require.Len(t, collect(t, db.Accounts(t.Context(), "acme-inc")), 3, "accounts that are removed meanwhile are still read")
	after, err := db.Identity(t.Context())
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.NotEmpty(t, before)
	again, err := open(t, url, secrets).Identity(t.Context())
	require.NoError(t, err)
	require.Empty(t, again)
}

func othersAreRefused(t *testing.T, database newSchema) {
	t.Helper()
	url, execute := database(t)
	execute("ALTER TABLE users DROP COLUMN hashed_password; DROP TABLE user_mfa_recovery_codes CASCADE")
	_, err := earlierdb.Open(t.Context(), url, secrets)
	require.ErrorContains(t, err, "user_mfa_recovery_codes.code_hash")
	require.ErrorContains(t, err, "users.hashed_password")
	_, err = earlierdb.Open(t.Context(), "postgres://ann:hidden@127.0.0.1:1/x", secrets)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hidden")
	_, err = earlierdb.Open(t.Context(), "postgres://ann:hid den@:x", secrets)
	require.ErrorContains(t, err, "cannot be read")
	require.NotContains(t, err.Error(), "hid den")
}

func driversAreIgnored(t *testing.T, database newSchema) {
	t.Helper()
	url, _ := database(t)
	_, rest, _ := strings.Cut(url, "://")
	open(t, "postgresql+asyncpg://"+rest, secrets)
}
