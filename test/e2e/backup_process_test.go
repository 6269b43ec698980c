package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// acknowledged collects the addresses of accounts whose creation the service confirmed.
type acknowledged struct {
	sync.Mutex
	emails []string
}

func (a *acknowledged) add(email string) {
	a.Lock()
	defer a.Unlock()
	a.emails = append(a.emails, email)
}

func (a *acknowledged) all() []string {
	a.Lock()
	defer a.Unlock()
	return append([]string{}, a.emails...)
}

// TestABackupHoldsEveryWriteAcknowledgedBeforeIt takes backups while accounts are created, restores
// each into a folder of its own and compares the accounts.
func TestABackupHoldsEveryWriteAcknowledgedBeforeIt(t *testing.T) {
	t.Parallel()
	const backups, writers = 3, 4
	path, folder, kept := binary(t), t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, ".env"), []byte("RATE_LIMIT_PER_MINUTE=0\n"), 0o600))
	service, stop := dev(t, path, folder)
	password := regexp.MustCompile(`Password\s+(\S+)`).FindStringSubmatch(service.greeting)[1]
	challenge := service.post(t, "/auth/login", credentials("owner@example.org", password)).is(200, "").text("challenge.token")
	secret := service.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": challenge}).is(200, "").text("secret")
	proof := map[string]any{"challenge_token": challenge, "code": service.code(t, secret, 0)}
	access := service.post(t, "/auth/login/mfa/enroll/confirm", proof).is(200, "").text("tokens.access_token")

	done, refused := &acknowledged{}, atomic.Int64{}
	ctx, end := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				email := fmt.Sprintf("member-%d-%d@example.org", w, i)
				if service.invite(email, access) == http.StatusCreated {
					done.add(email)
				} else {
					refused.Add(1)
				}
			}
		})
	}
	t.Cleanup(func() { end(); writing.Wait() })
	before := make([][]string, backups)
	for i := range backups {
		require.Eventually(t, func() bool { return len(done.all()) >= 40*(i+1) }, time.Minute, 5*time.Millisecond)
		before[i] = done.all()
		output, code := sole(t, path, folder, "backup", "create", kept+fmt.Sprintf("/%d.tar.gz", i))
		require.Equal(t, 0, code, output)
		require.Greater(t, len(done.all()), len(before[i]), "accounts were created during the backup")
	}
	output, code := sole(t, path, folder, "backup", "restore", kept+"/0.tar.gz", "--force")
	require.Equal(t, 1, code, output)
	require.Contains(t, output, "the service runs on this database: stop it first")
	end()
	writing.Wait()
	require.Zero(t, refused.Load(), "no write was refused because of a backup")
	require.Equal(t, 0, stop())

	var last string
	for i := range backups {
		last = restoreElsewhere(t, path, kept+fmt.Sprintf("/%d.tar.gz", i), folder)
		restored := map[string]bool{}
		for _, email := range emailsIn(t, last+"/data/sole.db") {
			restored[email] = true
		}
		for _, email := range before[i] {
			require.True(t, restored[email], "%s is not in backup %d", email, i)
		}
	}

	again, stop := dev(t, path, last)
	challenge = again.post(t, "/auth/login", credentials("owner@example.org", password)).is(200, "").text("challenge.token")
	proof = map[string]any{"challenge_token": challenge, "code": again.code(t, secret, 1)}
	access = again.post(t, "/auth/login/mfa", proof).is(200, "").text("tokens.access_token")
	again.get(t, "/members?q=member", access).is(200, "")
	require.Equal(t, 0, stop())
	for _, command := range [][]string{{"audit", "seal"}, {"audit", "verify"}, {"doctor"}, {"prove", "isolation"}} {
		output, code := sole(t, path, last, command...)
		require.Equal(t, 0, code, output)
	}
}

// restoreElsewhere restores a backup into a new folder, with the keys of another folder, and returns the new one.
func restoreElsewhere(t *testing.T, path, file, keys string) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(folder+"/data", 0o700))
	output, code := sole(t, path, folder, "backup", "restore", file)
	require.Equal(t, 1, code, output)
	require.Contains(t, output, "SECRET_KEY is not set")
	for _, name := range []string{"/data/secret_key", "/data/jwt_private.pem"} {
		text, err := os.ReadFile(keys + name)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(folder+name, text, 0o600))
	}
	for _, command := range []string{"verify", "restore"} {
		output, code = sole(t, path, folder, "backup", command, file)
		require.Equal(t, 0, code, output)
		require.NotContains(t, output, "note")
	}
	return folder
}

// invite creates an account and returns the status of the answer, or 0 if there is none.
func (s *service) invite(email, access string) int {
	body := strings.NewReader(fmt.Sprintf(`{"email":%q,"full_name":"Someone","roles":["member"]}`, email))
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.url+"/api/v1/members", body)
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+access)
	response, err := httpClient.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func emailsIn(t *testing.T, path string) (emails []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	rows, err := db.Query("SELECT email FROM users")
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		var email string
		require.NoError(t, rows.Scan(&email))
		emails = append(emails, email)
	}
	require.NoError(t, rows.Err())
	return emails
}

// TestADamagedBackupIsRefusedAndChangesNothing truncates, alters, extends, empties and replaces a backup.
func TestADamagedBackupIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, ".env"), []byte("SEED_ADMIN_EMAIL=owner@example.org\n"), 0o600))
	output, code := sole(t, path, folder, "seed")
	require.Equal(t, 0, code, output)
	output, code = sole(t, path, folder, "backup", "create", "b")
	require.Equal(t, 0, code, output)
	whole, err := os.ReadFile(folder + "/b")
	require.NoError(t, err)
	database, err := os.ReadFile(folder + "/data/sole.db")
	require.NoError(t, err)
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for name, text := range map[string][]byte{
		"cut off": whole[:len(whole)*3/4], "flipped": flipped, "appended": append(bytes.Clone(whole), "more"...), "empty": {},
		"something else": database,
	} {
		require.NoError(t, os.WriteFile(folder+"/t", text, 0o600))
		for _, command := range [][]string{{"verify", "t"}, {"restore", "t", "--force"}} {
			output, code := sole(t, path, folder, append([]string{"backup"}, command...)...)
			require.Equal(t, 1, code, "%s: %s", name, output)
			require.Contains(t, output, "sole: t: ", name)
		}
	}
	after, err := os.ReadFile(folder + "/data/sole.db")
	require.NoError(t, err)
	require.True(t, bytes.Equal(database, after))
	left, err := filepath.Glob(folder + "/data/*sole*")
	require.NoError(t, err)
	require.Len(t, left, 3, "the database and its two locks: %s", left)
	output, code = sole(t, path, folder, "backup", "restore", "b", "--force")
	require.Equal(t, 0, code, output)
}
