package e2e

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
	"github.com/sole-platform/sole/test/inprocess"
)

// What adapters/earlierdb/testdata/make.py uses.
const (
	earlierSecretKey = "the-secret-key-of-the-earlier-service"
	earlierSalt      = "the-salt-of-the-earlier-service"
	earlierTOTP      = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
)

// earlierService is a database of the earlier service, and a running service into which it is moved.
type earlierService struct {
	*service
	url    string
	config bootstrap.Config
	binary string
}

// moveIn starts a service and makes a database of the earlier service.
func moveIn(t *testing.T, d inprocess.Deployment, data string, change func(*bootstrap.Config)) earlierService {
	t.Helper()
	path := binary(t)
	database, redis := d.URLs(t)
	config := configure(t, database, redis)
	change(&config)
	e := earlierService{service: replica(t, config, &clock{}), url: harness.Postgres(t), config: config, binary: path}
	for _, name := range []string{"schema.sql", data} {
		text, err := os.ReadFile(filepath.Join("..", "..", "adapters", "earlierdb", "testdata", name))
		require.NoError(t, err)
		e.there(t, string(text))
	}
	return e
}

// there runs statements on the database of the earlier service.
func (e earlierService) there(t *testing.T, statements string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), e.url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	_, err = conn.Exec(t.Context(), statements)
	require.NoError(t, err)
}

// command is `sole import earlier-service` with other variables than the usual ones.
func (e earlierService) command(t *testing.T, variables map[string]string, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), e.binary, append([]string{"import", "earlier-service"}, args...)...)
	all := map[string]string{
		"HOME": t.TempDir(), "DATABASE_URL": e.config.DatabaseURL, "REDIS_URL": "memory://", "DATA_DIR": e.config.DataDir,
		"JWT_PRIVATE_KEY": e.config.PrivateKeyPEM, "SECRET_KEY": e.config.SecretKey,
		"TENANCY_MODE":         map[bool]string{true: "multi", false: "single"}[e.config.MultiTenant],
		"EARLIER_DATABASE_URL": e.url, "EARLIER_SECRET_KEY": earlierSecretKey,
	}
	maps.Copy(all, variables)
	for name, value := range all {
		command.Env = append(command.Env, name+"="+value)
	}
	command.Dir = all["HOME"]
	return command
}

func (e earlierService) run(t *testing.T, code int, variables map[string]string, args ...string) string {
	t.Helper()
	command := e.command(t, variables, args...)
	output, _ := command.CombinedOutput()
	require.Equal(t, code, command.ProcessState.ExitCode(), "%s", output)
	for _, secret := range []string{earlierSecretKey, "wrong-key", earlierTOTP, "$2b$", "$argon2"} {
		require.NotContains(t, string(output), secret)
	}
	return string(output)
}

// in signs an account in with its password and returns the answer.
func (e earlierService) in(t *testing.T, org, email, password string) answer {
	t.Helper()
	if org == "" {
		return e.post(t, "/auth/login", credentials(email, password))
	}
	return e.post(t, "/auth/login", credentials(email, password), "X-Org-Id", org)
}

// second completes a sign-in that needs a second factor.
func (e earlierService) second(t *testing.T, org, email, password string, proof map[string]any) answer {
	t.Helper()
	a := e.in(t, org, email, password).is(200, "")
	require.Equal(t, "mfa_required", a.text("status"), a.raw)
	proof["challenge_token"] = a.text("challenge.token")
	return e.post(t, "/auth/login/mfa", proof)
}

func TestTheEarlierServiceMovesIn(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			e := moveIn(t, d, "older.sql", multi)
			solved := []string{"--slug", "beta=beta", "--owner", "acme-inc=ann@example.org", "--without-owner", "--superusers-become-operators"}
			if d.Name == deployments[0].Name {
				e.refuses(t, solved)
			}
			output := e.run(t, 1, nil, solved...)
			require.Contains(t, output, "created 16 accounts")
			require.Contains(t, output, "3 rows were refused")
			e.signsAnnIn(t)
			e.signsTheOthersIn(t)
			again := e.run(t, 1, nil, solved...)
			require.Contains(t, again, "created 0 accounts")
			require.Contains(t, again, "12 addresses have an account in the org already")
		})
	}
}

// refuses runs the command in ways that must change nothing.
func (e earlierService) refuses(t *testing.T, solved []string) {
	t.Helper()
	plan := e.run(t, 1, nil, "--dry-run")
	for _, says := range []string{
		"12 accounts, of which 3 are suspended", "3 accounts are refused", `org "beta": its slug "Beta_GmbH" cannot be used`,
		"--owner acme-inc=ADDRESS",
		"audit_logs (1 rows)", "with 30 days, 11 accounts would be removed",
		"default_currency, theme", "remember_device_days is 365 here instead of 900", "solve 3 problems",
		"hashed_password must have a cost of 4 to 13", `"Bob@example.org": email is the address of the account`, `"coffee.make"`,
		"that of the older one 2, and none opens 1",
	} {
		require.Contains(t, plan, says)
	}
	report := filepath.Join(t.TempDir(), "report.ndjson")
	require.Contains(t, e.run(t, 1, nil, append(slices.Clone(solved), "--dry-run", "--report", report)...), "nothing was changed")
	written, err := os.ReadFile(report)
	require.NoError(t, err)
	require.Contains(t, string(written), "no key opens the secret of its authenticator app")

	wrong := map[string]string{"EARLIER_SECRET_KEY": "wrong-key"}
	require.Contains(t, e.run(t, 1, wrong, solved...), "no key opens any of the 3 secrets")
	require.Contains(t, e.run(t, 1, nil, "--only", "nobody"), "has no org with these ids")
	require.Contains(t, e.run(t, 1, nil, append(slices.Clone(solved), "--slug", "acme-inc=default")...), "is taken by another org")
	nobody := append(slices.Clone(solved), "--owner", "gamma=nobody@example.org")
	require.Contains(t, e.run(t, 1, nil, nobody...), "no account that can be moved")
	require.Contains(t, e.run(t, 2, nil, "--role", "Admin=emperor"), "system roles")
	require.Contains(t, e.run(t, 2, nil, "--slug", "acme"), "--slug must have the form")
	require.Contains(t, e.run(t, 1, nil, "--from", "postgres://ann:hidden@127.0.0.1/x"), "without a password")
	require.Contains(t, e.run(t, 1, map[string]string{"EARLIER_DATABASE_URL": ""}), "give the database of the earlier service")
	other := harness.Postgres(t)
	require.Contains(t, e.run(t, 1, map[string]string{"EARLIER_DATABASE_URL": other}), "this is not a database of the earlier service")
	for _, slug := range []string{"acme-inc", "beta", "gamma"} {
		e.in(t, slug, "ann@example.org", "x").is(404, "org_not_found")
	}
}

// signsAnnIn signs an owner in with her password, code and recovery codes, and looks at what she sees.
func (e earlierService) signsAnnIn(t *testing.T) {
	t.Helper()
	const email, password = "ann@example.org", "ann's old password"
	e.in(t, "acme-inc", email, "another password").is(401, "invalid_credentials")
	first := e.second(t, "acme-inc", email, password, map[string]any{"code": e.code(t, earlierTOTP, 0)}).is(200, "")
	ann := first.text("tokens.access_token")
	me := e.get(t, "/me", ann).is(200, "")
	require.Equal(t, "2021-03-04T05:06:07Z", me.text("created_at"))
	e.second(t, "acme-inc", email, password, map[string]any{"recovery_code": "uuuu-2222"}).is(401, "invalid_code")
	e.second(t, "acme-inc", email, password, map[string]any{"recovery_code": " lu23 45zx"}).is(200, "")
	e.second(t, "acme-inc", email, password, map[string]any{"recovery_code": "LU23-45ZX"}).is(401, "invalid_code")
	require.EqualValues(t, 1, e.get(t, "/me/mfa", ann).is(200, "").at("recovery_codes_left"))

	settings := e.get(t, "/org/settings", ann).is(200, "")
	require.EqualValues(t, 365, settings.at("remember_device_days"))
	require.EqualValues(t, 20, settings.at("session_timeout_minutes"))
	require.EqualValues(t, 0, settings.at("inactive_user_retention_days"), "nobody is removed because of the move")
	require.Equal(t, false, settings.at("allow_profile_edit"))
	require.Equal(t, []any{"login", "member.remove"}, settings.at("mfa_required_actions"))

	roles := e.get(t, "/roles", ann).is(200, "").raw
	require.Regexp(t, `"name":"Support"[^{}]*"permissions":\["member.read","member.create"\]`, roles)

	home := e.second(t, string(e.config.DefaultOrgID), email, password, map[string]any{"code": e.code(t, earlierTOTP, 0)}).is(200, "")
	orgs := e.get(t, "/orgs", home.text("tokens.access_token")).is(200, "")
	require.Contains(t, orgs.raw, `"slug":"acme-inc"`, "a superuser is a platform operator now")
}

func (e earlierService) signsTheOthersIn(t *testing.T) {
	t.Helper()
	bob := e.in(t, "acme-inc", "bob@example.org", "bob's old password").is(200, "")
	require.Equal(t, "mfa_enrollment_required", bob.text("status"), "his role is an admin role here")
	carol := map[string]any{"code": e.code(t, earlierTOTP, 0)}
	e.second(t, "beta", "carol@example.org", "carol's old password", carol).is(200, "")
	e.second(t, "beta", "carol@example.org", "carol's old password", map[string]any{"recovery_code": "CARL-2345"}).is(401, "invalid_code")
	e.second(t, "acme-inc", "carol@example.org", "carol's old password", map[string]any{"recovery_code": "CARL-2345"}).is(200, "")
	e.in(t, "beta", "liz@example.org", "liz's old password").is(200, "")
	e.in(t, "acme-inc", "liz@example.org", "liz's old password").is(401, "invalid_credentials")
	e.in(t, "acme-inc", "moe@example.org", "moe's old password").is(200, "")
	e.in(t, "acme-inc", "jack@example.org", "jack's old password").is(200, "")
	for name, password := range map[string]string{
		"dave": "dave's old password", "erin": "never told to anybody", "ivy": "ivy's old password", "vera": "vera's old password",
	} {
		require.GreaterOrEqual(t, e.in(t, "acme-inc", name+"@example.org", password).status, 400, name)
	}
	require.NotEqual(t, 200, e.in(t, "gamma", "otto@example.org", "otto's old password").status, "the org is suspended")
	require.Equal(t, "authenticated", e.in(t, "acme-inc", "gina@example.org", "gina's old password").is(200, "").text("status"))
	fred := e.in(t, "acme-inc", "fred@example.org", "fred's temporary password").is(200, "")
	require.Equal(t, "password_change_required", fred.text("status"))
}

// TestTheLaterGenerationMovesIntoOneOrg moves the only org into a deployment with one org, whose owners are operators.
func TestTheLaterGenerationMovesIntoOneOrg(t *testing.T) {
	t.Parallel()
	e := moveIn(t, deployments[0], "later.sql", func(c *bootstrap.Config) { c.MultiTenant = false })
	salt := map[string]string{"EARLIER_FERNET_KDF_SALT": earlierSalt}
	output := e.run(t, 0, salt)
	require.Contains(t, output, "the key of the later generation opens 1, that of the older one 1")
	require.Contains(t, output, `holders of the role "Owner" become admins`)
	require.Contains(t, output, "created 3 accounts")
	ann := e.second(t, "", "ann@example.org", "ann's newer password", map[string]any{"code": e.code(t, earlierTOTP, 0)}).is(200, "")
	require.NotContains(t, e.get(t, "/me", ann.text("tokens.access_token")).is(200, "").raw, string(domain.PermPlatformManage))
	e.second(t, "", "bob@example.org", "bob's newer password", map[string]any{"code": e.code(t, earlierTOTP, 0)}).is(200, "")
	e.in(t, "", "carol@example.org", "carol's old password").is(200, "")
	require.Contains(t, e.run(t, 0, salt, "--owner", "acme-inc=ann@example.org"), "made 1 of --owner owners")
	require.Contains(t, e.get(t, "/me", ann.text("tokens.access_token")).is(200, "").raw, string(domain.PermPlatformManage))
}

// TestAMoveThatIsKilledGoesOn kills the command while it creates accounts, and runs it again.
func TestAMoveThatIsKilledGoesOn(t *testing.T) {
	t.Parallel()
	e := moveIn(t, onServers, "later.sql", multi)
	e.there(t, `INSERT INTO users (id, org_id, email, full_name, hashed_password)
		SELECT gen_random_uuid(), 'acme-inc', 'person' || n || '@example.org', 'Person ' || n, u.hashed_password
		FROM generate_series(1, 3000) AS n, users AS u WHERE u.email = 'carol@example.org'`)
	salt := map[string]string{"EARLIER_FERNET_KDF_SALT": earlierSalt}
	command := e.command(t, salt)
	require.NoError(t, command.Start())
	db := e.db(t)
	accounts := func() (n int) {
		const query = "SELECT count(*) FROM users WHERE org_id = (SELECT id FROM orgs WHERE slug = 'acme-inc')"
		require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&n))
		return n
	}
	require.Eventually(t, func() bool { return accounts() > 0 }, 30*time.Second, 5*time.Millisecond)
	require.NoError(t, command.Process.Kill())
	_ = command.Wait()
	before := accounts()
	require.Less(t, before, 3003)
	e.run(t, 0, salt)
	require.Equal(t, 3003, accounts())
	require.Contains(t, e.run(t, 0, salt), "created 0 accounts")
}
