package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/fernet"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

func keyRing(t *testing.T, current string, fallbacks ...string) port.KeyRing {
	t.Helper()
	ring, err := fernet.New(current, fallbacks)
	require.NoError(t, err)
	return ring
}

// TestReencryptSurvivesBeingKilled runs `secrets reencrypt` beside a running service and ends it
// with SIGKILL and SIGINT in the middle. No secret may be lost.
func TestReencryptSurvivesBeingKilled(t *testing.T) {
	t.Parallel()
	const accounts = 2000
	path := binary(t)
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			s, folder := start(t, d, nil), t.TempDir()
			s.awaitCanary(t)
			first := s.app.Config.SecretKey
			secrets := s.sealMany(t, accounts)
			rotated := keyRing(t, nextKey, first)
			oldID, newID := rotated.KeyIDs()[1], rotated.KeyIDs()[0]
			env := func(current string, fallbacks ...string) string {
				return envFile(t, "DATABASE_URL="+s.app.Config.DatabaseURL, "JWT_PRIVATE_KEY="+oneLine(s.app.Config.PrivateKeyPEM),
					"SECRET_KEY='"+current+"'", "SECRET_KEY_FALLBACKS='"+strings.Join(fallbacks, ",")+"'")
			}
			run := func(code int, says, settings string, args ...string) {
				t.Helper()
				output, got := sole(t, path, folder, append(args, "--env-file", settings)...)
				require.Equal(t, code, got, output)
				require.Contains(t, output, says)
			}
			settings := env(nextKey, first)
			run(0, fmt.Sprintf("%s  %7d secrets  SECRET_KEY_FALLBACKS, entry 1", oldID, accounts), settings, "secrets", "status")
			needed := fmt.Sprintf("%d secrets and the canary still need this key: run `sole secrets reencrypt`", accounts)
			run(1, needed, settings, "secrets", "retire", oldID)
			run(1, "current key", settings, "secrets", "retire", newID)
			run(1, "sole secrets status", settings, "secrets", "retire", "00000000")

			s.slowDown(t)
			for _, signal := range []os.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGKILL} {
				output, code := s.endInTheMiddle(t, signal, program{path: path, folder: folder, settings: settings}, rotated)
				if signal == syscall.SIGINT {
					require.Equal(t, 1, code)
					require.Contains(t, output, "again to continue")
				}
				s.requireSecrets(t, secrets, rotated)
				require.Positive(t, s.due(t, rotated), "the command was interrupted too late")
			}
			s.speedUp(t)
			run(0, "next: `sole secrets retire "+oldID, settings, "secrets", "reencrypt")
			require.Zero(t, s.due(t, rotated))
			s.requireSecrets(t, secrets, keyRing(t, nextKey))
			run(0, "remove entry 1", settings, "secrets", "retire", oldID)
			run(0, "ok    secret key", env(nextKey), "doctor")
			run(1, fmt.Sprintf("%d authenticators cannot be read", accounts/2), env(otherKey), "doctor")
			run(0, "no configured key decrypts it", env(otherKey), "secrets", "status")
			run(1, fmt.Sprintf("%d secrets stay as they are", accounts), env(otherKey), "secrets", "reencrypt")
		})
	}
}

// slowDown makes each replacement take some milliseconds, so that a run can be interrupted however
// fast the machine is.
func (s *service) slowDown(t *testing.T) {
	t.Helper()
	statements := []string{
		"CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.004); RETURN NEW; END'",
		"CREATE TRIGGER slow BEFORE UPDATE ON authenticators FOR EACH ROW EXECUTE FUNCTION slow()",
	}
	if strings.HasPrefix(s.app.Config.DatabaseURL, "sqlite:") {
		statements = []string{
			"CREATE TRIGGER slow BEFORE UPDATE ON authenticators BEGIN " +
				"SELECT count(*) FROM (SELECT 1 FROM users LIMIT 200), (SELECT 1 FROM users LIMIT 500); END",
		}
	}
	for _, statement := range statements {
		_, err := s.db(t).ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
}

func (s *service) speedUp(t *testing.T) {
	t.Helper()
	statement := "DROP TRIGGER slow ON authenticators"
	if strings.HasPrefix(s.app.Config.DatabaseURL, "sqlite:") {
		statement = "DROP TRIGGER slow"
	}
	_, err := s.db(t).ExecContext(t.Context(), statement)
	require.NoError(t, err)
}

// program is a built binary with the folder in which it runs and its env file.
type program struct{ path, folder, settings string }

// endInTheMiddle starts a re-encryption and sends it the signal after the first replacement.
func (s *service) endInTheMiddle(t *testing.T, signal os.Signal, b program, ring port.KeyRing) (output string, code int) {
	t.Helper()
	before, out := s.due(t, ring), &syncedBuffer{}
	command := exec.Command(b.path, "secrets", "reencrypt", "--env-file", b.settings)
	command.Dir, command.Env, command.Stdout, command.Stderr = b.folder, []string{"PATH=" + os.Getenv("PATH")}, out, out
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	require.Eventually(t, func() bool { return s.due(t, ring) < before }, time.Minute, 2*time.Millisecond)
	_ = command.Process.Signal(signal)
	_ = command.Wait()
	return out.String(), command.ProcessState.ExitCode()
}

func (s *service) due(t *testing.T, ring port.KeyRing) int {
	report, err := operations.SecretsStatus{Store: s.app.Store, Keys: ring}.Execute(t.Context())
	require.NoError(t, err)
	return report.Due()
}

// sealMany creates n accounts, half of them with an unconfirmed authenticator, and returns their secrets.
func (s *service) sealMany(t *testing.T, n int) map[port.Place]string {
	t.Helper()
	secrets := map[port.Place]string{}
	for range n / 1000 {
		s.inOrg(t, func(tx port.OrgTx) {
			for i := range 1000 {
				id := uuid.NewString()
				user, err := domain.NewUser(domain.UserID(id), domain.Email(id+"@example.org"), "Someone", s.clock.Now())
				require.NoError(t, err)
				require.NoError(t, tx.Users().Insert(t.Context(), user))
				place := port.FactorPlace(domain.FactorTOTP, s.app.Config.DefaultOrgID, user.ID)
				secrets[place] = "secret of " + id
				sealed, err := s.app.SecretKeys.Seal(domain.NewSecret(secrets[place]), place)
				require.NoError(t, err)
				a := domain.Authenticator{ID: domain.AuthenticatorID(id), User: user.ID, Kind: domain.FactorTOTP, Secret: sealed}
				a.Begin("", s.clock.Now())
				require.NoError(t, tx.Authenticators().SavePending(t.Context(), a))
				if i%2 == 0 {
					live := a
					live.Confirm(1, s.clock.Now())
					require.NoError(t, tx.Authenticators().Confirm(t.Context(), live, a))
				}
			}
		})
	}
	return secrets
}

// requireSecrets requires that the keys decrypt every secret in its row, and that none is missing.
func (s *service) requireSecrets(t *testing.T, secrets map[port.Place]string, ring port.KeyRing) {
	t.Helper()
	found, sealed := 0, s.app.Store.Platform().Sealed()
	for _, kind := range sealed.Kinds() {
		values, err := sealed.After(t.Context(), kind, port.SealedValue{}, len(secrets)+1)
		require.NoError(t, err)
		for _, value := range values {
			secret, err := ring.Open(value.Sealed, value.Place)
			require.NoError(t, err)
			require.Equal(t, secrets[value.Place], secret.Reveal())
			found++
		}
	}
	require.Equal(t, len(secrets), found)
}

// oneLine returns a PEM text as one line, for an env file.
func oneLine(pem string) string { return strings.ReplaceAll(strings.TrimSpace(pem), "\n", `\n`) }
