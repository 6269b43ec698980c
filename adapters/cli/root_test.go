package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/cli"
)

// spy records which action ran and its arguments.
type spy struct{ ran []string }

func (s *spy) note(words ...string) error {
	s.ran = append(s.ran, strings.Join(words, " "))
	return nil
}

func (s *spy) Dev(_ context.Context, o cli.Options) error { return s.note("dev", o.EnvFile) }
func (s *spy) Serve(_ context.Context, o cli.Options, migrate bool) error {
	return s.note("serve", o.EnvFile, strconv.FormatBool(migrate))
}
func (s *spy) MigrateUp(_ context.Context, o cli.Options, check bool) error {
	return s.note("up", o.EnvFile, strconv.FormatBool(check))
}
func (s *spy) MigrateDown(_ context.Context, o cli.Options) error { return s.note("down", o.EnvFile) }
func (s *spy) MigrateStatus(_ context.Context, o cli.Options) error {
	return s.note("status", o.EnvFile)
}
func (s *spy) MigrateCreate(_ context.Context, o cli.Options, name string) error {
	return s.note("create", o.EnvFile, name)
}
func (s *spy) Seed(_ context.Context, o cli.Options) error { return s.note("seed", o.EnvFile) }
func (s *spy) Recover(_ context.Context, o cli.Options, want cli.RecoverRequest) error {
	return s.note("recover", o.EnvFile, fmt.Sprint(want))
}
func (s *spy) ServiceAccountsCreate(_ context.Context, o cli.Options, want cli.ServiceAccountRequest) error {
	return s.note("create account", o.EnvFile, fmt.Sprint(want))
}
func (s *spy) ServiceAccountsList(_ context.Context, o cli.Options, org string) error {
	return s.note("accounts", o.EnvFile, org)
}
func (s *spy) ServiceAccountsRevoke(_ context.Context, o cli.Options, org, id string) error {
	return s.note("suspend", o.EnvFile, org, id)
}
func (s *spy) Import(_ context.Context, o cli.Options, want cli.ImportRequest) error {
	return s.note("import", o.EnvFile, fmt.Sprint(want))
}
func (s *spy) ImportEarlierService(_ context.Context, o cli.Options, want cli.EarlierRequest) error {
	return s.note("earlier", o.EnvFile, want.Source.URL, fmt.Sprint(want.Move))
}
func (s *spy) OrgReceiveKey(_ context.Context, o cli.Options) error {
	return s.note("receive key", o.EnvFile)
}
func (s *spy) OrgExport(_ context.Context, o cli.Options, want cli.OrgExportRequest) error {
	return s.note("export org", o.EnvFile, fmt.Sprint(want))
}
func (s *spy) OrgImport(_ context.Context, o cli.Options, want cli.OrgImportRequest) error {
	return s.note("import org", o.EnvFile, fmt.Sprint(want))
}
func (s *spy) ImportFormats() []string { return []string{"sole", "other"} }
func (s *spy) KeysRotate(_ context.Context, o cli.Options, bits int, lead time.Duration) error {
	return s.note("rotate", o.EnvFile, strconv.Itoa(bits), lead.String())
}
func (s *spy) KeysList(_ context.Context, o cli.Options) error { return s.note("keys", o.EnvFile) }
func (s *spy) KeysRetire(_ context.Context, o cli.Options, id string, force bool) error {
	return s.note("retire key", o.EnvFile, id, strconv.FormatBool(force))
}
func (s *spy) SecretsStatus(_ context.Context, o cli.Options) error {
	return s.note("sealed", o.EnvFile)
}
func (s *spy) SecretsReencrypt(_ context.Context, o cli.Options) error {
	return s.note("reencrypt", o.EnvFile)
}
func (s *spy) SecretsRetire(_ context.Context, o cli.Options, id string) error {
	return s.note("retire", o.EnvFile, id)
}
func (s *spy) Explain(_ context.Context, o cli.Options, q cli.ExplainQuery) error {
	return s.note("explain", o.EnvFile, q.ID, q.Permission, q.Account, q.Org)
}
func (s *spy) Setup(_ context.Context, o cli.Options, want cli.SetupRequest) error {
	return s.note("setup", o.EnvFile, fmt.Sprint(want))
}
func (s *spy) Healthcheck(_ context.Context, o cli.Options) error { return s.note("health", o.EnvFile) }
func (s *spy) Doctor(_ context.Context, o cli.Options) error      { return s.note("doctor", o.EnvFile) }
func (s *spy) ProveIsolation(_ context.Context, o cli.Options) error {
	return s.note("prove isolation", o.EnvFile)
}
func (s *spy) OpenAPI(_ context.Context, o cli.Options, format string) error {
	return s.note("openapi", o.EnvFile, format)
}
func (s *spy) AuditVerify(_ context.Context, o cli.Options, in cli.AuditVerification) error {
	return s.note("verify", o.EnvFile, in.Org, in.Since, in.Events, in.Seals, in.JWKS)
}
func (s *spy) AuditSeal(_ context.Context, o cli.Options) error { return s.note("seal", o.EnvFile) }
func (s *spy) AuditSeals(_ context.Context, o cli.Options, org string) error {
	return s.note("seals", o.EnvFile, org)
}
func (s *spy) AuditKeys(_ context.Context, o cli.Options) error { return s.note("public", o.EnvFile) }
func (s *spy) BackupCreate(_ context.Context, o cli.Options, file string) error {
	return s.note("backup", o.EnvFile, file)
}
func (s *spy) BackupVerify(_ context.Context, o cli.Options, file string) error {
	return s.note("verify backup", o.EnvFile, file)
}
func (s *spy) BackupRestore(_ context.Context, o cli.Options, file string, force bool) error {
	return s.note("restore", o.EnvFile, file, strconv.FormatBool(force))
}
func (s *spy) BackupRestored(_ context.Context, o cli.Options, taken time.Time) error {
	return s.note("restored", o.EnvFile, taken.Format(time.RFC3339))
}
func (s *spy) Move(_ context.Context, o cli.Options, want cli.MoveRequest) error {
	return s.note("move", o.EnvFile, fmt.Sprint(want))
}
func (s *spy) QR(_ context.Context, o cli.Options, in io.Reader) error {
	text, err := io.ReadAll(in)
	return errors.Join(err, s.note("qr", o.EnvFile, string(text)))
}
func (s *spy) Version(_ context.Context, o cli.Options) error { return s.note("version", o.EnvFile) }

func execute(t *testing.T, line string) (*spy, string, error) {
	t.Helper()
	actions, out := &spy{}, &bytes.Buffer{}
	root := cli.Root(actions, cli.Setting{Key: "PUBLIC_URL", Help: "the URL"}, cli.Setting{Key: "PORT", Help: "the port", Default: "8000"},
		cli.Setting{Key: "TENANCY_MODE", Choices: []string{"single", "multi"}})
	root.SetArgs(cli.Args(strings.Fields(line)))
	root.SetIn(strings.NewReader("typed"))
	root.SetOut(out)
	root.SetErr(out)
	err := root.ExecuteContext(t.Context())
	return actions, out.String(), err
}

func TestEachCommandLineRunsItsAction(t *testing.T) {
	for line, want := range map[string]string{
		"--version": "version ", "-v": "version ",
		"dev": "dev ", "serve": "serve  false", "serve --migrate": "serve  true", "migrate up": "up  false", "migrate down": "down ",
		"migrate status": "status ", "migrate create add_x": "create  add_x",
		"keys rotate": "rotate  0 1m0s", "keys rotate --bits 3072 --lead 5m": "rotate  3072 5m0s", "keys list": "keys ",
		"keys retire abc": "retire key  abc false", "keys retire abc --force": "retire key  abc true",
		"keys retire -fO_-4R4nXvKpZk3gBqS0cVwYhTjUmLdEiAoNxQrCzP --force": "retire key  -fO_-4R4nXvKpZk3gBqS0cVwYhTjUmLdEiAoNxQrCzP true",
		"keys retire -fO_-4R4nXvKpZk3gBqS0cVwYhTjUmLdEiAoNxQrCzP":         "retire key  -fO_-4R4nXvKpZk3gBqS0cVwYhTjUmLdEiAoNxQrCzP false",
		"secrets status": "sealed ", "secrets reencrypt": "reencrypt ", "secrets retire 0a1b2c3d": "retire  0a1b2c3d",
		"audit verify": "verify      ", "audit verify --org a --since t --jwks k": "verify  a t   k",
		"audit verify --events e --seals s --jwks k": "verify    e s k",
		"import --format sole f":                     "import  {f sole  false false false  []  }",
		"import --format other --org a --dry-run f":  "import  {f other a true false false  []  }",
		"import --format sole --convert f":           "import  {f sole  false true false  []  }",
		"import --format sole --invite --allow-weak d --role a=b --role c= --parameters p --report r f": "import  " +
			"{f sole  false false true d [a=b c=] p r}",
		"audit seal": "seal ", "audit seals": "seals  ", "audit seals --org a": "seals  a", "audit keys": "public ",
		"backup create": "backup  ", "backup create f": "backup  f", "backup verify f": "verify backup  f",
		"backup restore f": "restore  f false", "backup restore --force f": "restore  f true",
		"backup restored": "restored  0001-01-01T00:00:00Z",
		"backup restored --taken-at 2026-11-28T23:51:20+01:00": "restored  2026-11-28T22:51:20Z",
		"move --from a --to b":                                 "move  {a b }", "move --from a --to b --files-to c": "move  {a b c}",
		"explain dec_x": "explain  dec_x   ",
		"explain --permission member.read --account a@b.example --org acme": "explain   member.read a@b.example acme",
		"recover --org acme --email a@b.example":                            "recover  {acme a@b.example Owner false}",
		"recover --email a@b.example --full-name Ada --lost-factor":         "recover  { a@b.example Ada true}",
		"service-accounts create --by a@b.example --name Job":               "create account  { a@b.example Job  []  0 []}",
		"service-accounts create --org o --by a --name n --description d --role r --role s --key k --expires-in-days 65" +
			" --network x --network y": "create account  {o a n d [r s] k 65 [x y]}",
		"service-accounts list": "accounts  ", "service-accounts list --org o": "accounts  o",
		"service-accounts revoke i": "suspend   i", "service-accounts revoke --org o i": "suspend  o i",
		"seed": "seed ", "healthcheck": "health ", "doctor": "doctor ", "prove isolation": "prove isolation ", "openapi": "openapi  json",
		"openapi --format yaml": "openapi  yaml", "version": "version ", "qr": "qr  typed",
		"--env-file a serve": "serve a false", "serve --env-file a": "serve a false", "serve --env-file=a": "serve a false",
		"migrate --env-file a up": "up a false", "migrate up --check": "up  true", "migrate create x --env-file a": "create a x",
		"setup":                           "setup  { map[] false false false false false}",
		"setup dev":                       "setup  {dev map[] false false false false false}",
		"setup prod --public-url x":       "setup  {prod map[PUBLIC_URL:x] false false false false false}",
		"setup prod --port= --env-file a": "setup a {prod map[PORT:] false false false false false}",
		"setup --containers --force":      "setup  { map[] true false true false false}",
		"setup --check --dry-run --yes":   "setup  { map[] false true false true true}",
	} {
		actions, _, err := execute(t, line)
		require.NoError(t, err, line)
		require.Equal(t, []string{want}, actions.ran, line)
	}
}

func TestMistakesAreUsageErrorsAndRunNothing(t *testing.T) {
	for _, line := range []string{
		"move", "move --from a", "move --to b", "move a b",
		"", "bogus", "-x", "--bogus", "serve now", "serve --bogus", "serve --env-file", "migrate", "migrate sideways", "migrate create",
		"migrate create a b",
		"keys", "keys make", "keys rotate now", "keys rotate --bits 1024", "keys rotate --bits many", "keys rotate --lead -1s",
		"keys rotate --lead 10", "keys rotate --lead 169h",
		"keys list all", "keys retire", "keys retire a b", "keys retire a --lead 1s",
		"secrets", "secrets rotate", "secrets status now", "secrets reencrypt now", "secrets retire", "secrets retire a b",
		"audit", "audit verify a", "audit verify --events e", "audit verify --seals s --jwks k", "audit verify --events e --seals s",
		"audit seal a", "audit keys a",
		"backup", "backup keep", "backup create a b", "backup verify", "backup restore", "backup restore a b", "backup create --force a",
		"backup restored f", "backup restored --taken-at yesterday",
		"explain", "explain a b", "explain a --permission member.read", "explain --permission member.read", "explain --account a@b.example",
		"explain --org acme",
		"recover", "recover --org acme", "recover a@b.example", "prove", "prove everything", "prove isolation now",
		"service-accounts", "service-accounts make", "service-accounts create", "service-accounts create --name n",
		"service-accounts create --by a", "service-accounts create --by a --name n --key=", "service-accounts create --by a --name n x",
		"service-accounts create --by a --name n --network x", "service-accounts create --by a --name n --expires-in-days 9",
		"service-accounts create --by a --name n --key k --expires-in-days 0",
		"service-accounts create --by a --name n --key k --expires-in-days 367",
		"service-accounts list o", "service-accounts revoke", "service-accounts revoke i j",
		"setup test", "setup dev prod", "setup --bogus x", "setup --public-url",
		"help nosuch", "help migrate sideways", "qr otpauth://totp/x",
		"openapi --format xml", "openapi json", "version 2", "dev dev", "seed --password x",
	} {
		actions, _, err := execute(t, line)
		_, usage := errors.AsType[cli.UsageError](err)
		require.True(t, usage, "sole %s: %v", line, err)
		require.Empty(t, actions.ran, line)
		require.NotEmpty(t, err.Error(), line)
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		line := strings.TrimPrefix(strings.TrimPrefix(c.CommandPath(), "sole"), " ")
		actions, out, err := execute(t, line+" --help")
		require.NoError(t, err, line)
		require.Empty(t, actions.ran, line)
		require.NotEmpty(t, c.Short, line)
		require.Contains(t, out, c.Short, line)
		require.Contains(t, out, "Usage:", line)
		require.Contains(t, out, "--env-file", line)
		for _, child := range c.Commands() {
			visit(child)
		}
	}
	visit(cli.Root(&spy{}))
}

func TestMisspeltNamesGetASuggestion(t *testing.T) {
	for line, want := range map[string]string{
		"srve": "did you mean `sole serve`?", "doctr": "did you mean `sole doctor`?", "migrate stauts": "did you mean `sole migrate status`?",
		"help srve":      "did you mean `sole serve`?",
		"serve --migate": "did you mean --migrate?", "serve --evn-file x": "did you mean --env-file?",
		"setup --public-ulr x": "did you mean --public-url?", "openapi --fromat json": "did you mean --format?",
	} {
		_, _, err := execute(t, line)
		require.ErrorContains(t, err, want, line)
	}
	for _, line := range []string{"bogus", "serve --bogus", "serve now", "-x"} {
		_, _, err := execute(t, line)
		require.NotContains(t, err.Error(), "did you mean", line)
	}
}

func TestTheVersionAndHelpAreShown(t *testing.T) {
	for line, want := range map[string]string{
		"help": "Usage:", "help migrate up": "Apply every pending migration", "help migrate": "sole migrate",
		"setup --help": "the port (default 8000)",
	} {
		actions, out, err := execute(t, line)
		require.NoError(t, err, line)
		require.Empty(t, actions.ran, line)
		require.Contains(t, out, want, line)
	}
	for _, line := range []string{"--help", "dev --help", "serve --help"} {
		_, out, err := execute(t, line)
		require.NoError(t, err)
		require.Contains(t, out, "PORT=9000 sole dev", "%s points at the settings", line)
	}
}

func TestValuesAreCompleted(t *testing.T) {
	for line, want := range map[string][]string{
		"openapi --format ": {"json", "yaml"}, "setup ": {"dev", "prod"}, "keys rotate --bits ": {"2048", "3072", "4096"},
		"setup --tenancy-mode ": {"single", "multi"},
	} {
		actions, out := &spy{}, &bytes.Buffer{}
		root := cli.Root(actions, cli.Setting{Key: "TENANCY_MODE", Choices: []string{"single", "multi"}})
		root.SetArgs(append([]string{"__complete"}, append(strings.Fields(line), "")...))
		root.SetOut(out)
		root.SetErr(&bytes.Buffer{})
		require.NoError(t, root.ExecuteContext(t.Context()), line)
		require.Equal(t, append(want, ":4"), strings.Fields(out.String()), line) // 4: and no files
		require.Empty(t, actions.ran)
	}
}
