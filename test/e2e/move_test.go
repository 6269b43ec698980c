package e2e

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
	"github.com/sole-platform/sole/test/inprocess"
)

// TestNobodyNoticesAMove moves a deployment with every kind of data from SQLite to PostgreSQL while a client keeps refreshing its
// session, and back.
func TestNobodyNoticesAMove(t *testing.T) {
	t.Parallel()
	program := binary(t)
	database, _ := inprocess.Deployments()[0].URLs(t)
	config := configure(t, database, "memory://")
	toLoopback(&config)
	s := replica(t, config, &clock{})
	old := s.everything(t)
	front := newFront(t)
	front.open(t, s.url)
	client := keepRefreshing(t, front.url, old.reader)
	client.await(t)

	front.close()
	s.stop()
	attempts := old.receiver.count()
	old.receiver.answers(http.StatusNoContent)
	known := regexp.MustCompile(`"token":"([^"]+)"`).FindStringSubmatch(operate(t, program, config, "audit", "seals", "--org", "default"))[1]
	source, postgres := contents(t, strings.TrimPrefix(database, "sqlite://")), harness.Postgres(t)
	there := operate(t, program, config, "move", "--from", database, "--to", postgres)
	require.Equal(t, source, contents(t, strings.TrimPrefix(database, "sqlite://")), "the source is not touched")
	again := "sqlite://" + filepath.Join(t.TempDir(), "again.db")
	back := operate(t, program, config, "move", "--from", postgres, "--to", again)
	require.Equal(t, checksums(t, there), checksums(t, back))

	config.DatabaseURL = postgres
	operate(t, program, config, "audit", "verify", "--org", "default", "--since", known)
	config.RedisURL = harness.Redis(t) + "?prefix=moved-" + strings.ToLower(t.Name())
	old.unblockMail(t, config)
	moved := replica(t, config, s.clock)
	front.open(t, moved.url)
	client.await(t)
	client.stop(t)
	moved.goesOn(t, old, attempts)
	moved.stop()

	home := "sqlite://" + filepath.Join(t.TempDir(), "home.db")
	operate(t, program, config, "move", "--from", postgres, "--to", home)
	config.DatabaseURL, config.RedisURL = home, "memory://"
	operate(t, program, config, "audit", "verify", "--org", "default", "--since", known)
	s = replica(t, config, s.clock)
	s.secondStep(t, old.owner, map[string]any{"code": s.code(t, old.owner.secret, 0)}, "").is(200, "")
	filter := "/audit-events?action=session.signed_in&actor_id=" + s.idOf(t, old.owner.email)
	require.NotEmpty(t, s.as(t, s.signIn(t, old.owner), "GET", filter, nil).is(200, "").at("items"), "the indexes for filters work")
}

// operate runs a command of the product on the stores and keys of a configuration, which has to succeed.
func operate(t *testing.T, program string, c bootstrap.Config, args ...string) string {
	t.Helper()
	output, err := productCommand(t, program, c, args...).CombinedOutput()
	require.NoError(t, err, "%v\n%s", args, output)
	return string(output)
}

func productCommand(t *testing.T, program string, c bootstrap.Config, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir = c.DataDir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + c.DataDir, "DATA_DIR=" + c.DataDir, "DATABASE_URL=" + c.DatabaseURL,
		"JWT_PRIVATE_KEY=" + c.PrivateKeyPEM, "LOCAL_UPLOAD_DIR=" + c.UploadDir,
	}
	return command
}

// contents are the bytes of a database file, and the names beside it.
func contents(t *testing.T, path string) []string {
	t.Helper()
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	beside, err := filepath.Glob(path + "-*")
	require.NoError(t, err)
	return append(beside, string(file))
}

var tableLine = regexp.MustCompile(`(?m)^([a-z_]+) +(\d+) +([0-9a-f]{32})$`)

// checksums are the tables that a move has printed, with rows and checksum.
func checksums(t *testing.T, output string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, line := range tableLine.FindAllStringSubmatch(output, -1) {
		all[line[1]] = line[2] + " " + line[3]
	}
	require.NotEmpty(t, all, output)
	return all
}

// requireRowsInEveryTable fails for a new table of which the test moves no row.
func (s *service) requireRowsInEveryTable(t *testing.T) {
	t.Helper()
	db := s.db(t)
	rows, err := db.QueryContext(t.Context(), `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
		AND name NOT IN ('goose_db_version', 'river_migration', 'river_leader', 'river_notification')`)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	var tables, empty []string
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	require.NoError(t, rows.Err())
	for _, table := range tables {
		var one int
		if err := db.QueryRowContext(t.Context(), "SELECT 1 FROM "+table+" LIMIT 1").Scan(&one); errors.Is(err, sql.ErrNoRows) {
			empty = append(empty, table)
		}
	}
	require.Empty(t, empty, "these tables have no row, so the test does not show that they are moved")
}

// front is a reverse proxy that answers 503 while no service is behind it.
type front struct {
	url    string
	behind atomic.Pointer[httputil.ReverseProxy]
}

func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if behind := f.behind.Load(); behind != nil {
			behind.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *front) open(t *testing.T, to string) {
	t.Helper()
	target, err := url.Parse(to)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusServiceUnavailable) }
	f.behind.Store(proxy)
}

func (f *front) close() { f.behind.Store(nil) }

// refreshing is a client that refreshes its session and reads its account, over and over.
type refreshing struct {
	rounds, unavailable atomic.Int64
	failure             atomic.Value
	end                 context.CancelFunc
	ended               chan struct{}
}

func keepRefreshing(t *testing.T, at string, who account) *refreshing {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &refreshing{end: cancel, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		for ctx.Err() == nil && c.failure.Load() == nil {
			time.Sleep(5 * time.Millisecond)
			var next struct {
				Access  string `json:"access_token"`
				Refresh string `json:"refresh_token"`
			}
			if !c.ask(ctx, asked{url: at + "/api/v1/auth/refresh", body: `{"refresh_token":"` + who.refresh + `"}`}, &next) {
				continue
			}
			who.access, who.refresh = next.Access, next.Refresh
			if c.ask(ctx, asked{url: at + "/api/v1/me", access: who.access}, nil) {
				c.rounds.Add(1)
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-c.ended })
	return c
}

// asked is a request: a POST if it has a body.
type asked struct{ url, access, body string }

// ask sends a request and reports whether the answer is 200. It counts answers of 503, and keeps the first other failure.
func (c *refreshing) ask(ctx context.Context, a asked, into any) bool {
	method := http.MethodGet
	if a.body != "" {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(ctx, method, a.url, strings.NewReader(a.body))
	if err != nil {
		c.failure.Store(err.Error())
		return false
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+a.access)
	response, err := httpClient.Do(request)
	if err != nil {
		if ctx.Err() == nil {
			c.failure.Store(err.Error())
		}
		return false
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	switch {
	case response.StatusCode == http.StatusServiceUnavailable:
		c.unavailable.Add(1)
	case ctx.Err() != nil:
	case err != nil || response.StatusCode != http.StatusOK:
		c.failure.Store(fmt.Sprint(response.StatusCode, string(text), err))
	case into != nil && json.Unmarshal(text, into) != nil:
		c.failure.Store("no JSON: " + string(text))
	default:
		return true
	}
	return false
}

// await waits until some more rounds have succeeded.
func (c *refreshing) await(t *testing.T) {
	t.Helper()
	goal := c.rounds.Load() + 5
	require.Eventually(t, func() bool { return c.rounds.Load() >= goal || c.failure.Load() != nil }, 20*time.Second, 10*time.Millisecond)
	require.Nil(t, c.failure.Load())
}

func (c *refreshing) stop(t *testing.T) {
	t.Helper()
	c.end()
	<-c.ended
	require.Nil(t, c.failure.Load())
	require.NotZero(t, c.unavailable.Load(), "the client was there during the switch")
}

// deployed is what people and programs hold of a deployment that is moved.
type deployed struct {
	owner, member, reader account
	device                string
	key                   string
	hook                  string // the secret of the webhook
	receiver              *receiver
	signIn                func(t *testing.T, s *service) answer // by a passkey
	file                  string
	blocked               string // the path that keeps emails from being sent
}

// everything fills every table, and leaves an email and a webhook unsent.
func (s *service) everything(t *testing.T) (d deployed) {
	t.Helper()
	d.owner, d.receiver = s.enroll(t), newReceiver(t)
	s.clock.Advance(30 * time.Second)
	d.owner, d.device = s.remembered(t, d.owner)
	d.member = s.member(t)
	phone := s.phone()
	s.addPasskey(t, d.owner, phone).is(201, "")
	d.signIn = func(t *testing.T, s *service) answer { return s.byPasskey(t, phone, nil) }
	reader := account{email: "reader@example.org", password: "the password of a reader"}
	s.addMember(t, reader.email, reader.password, false)
	d.reader = s.again(t, reader)
	s.post(t, "/auth/login", credentials(d.member.email, "a wrong guess of it")).is(401, "invalid_credentials")
	s.resetToken(t, reader.email, 1)
	s.requestEmail(t, d.member, newEmail, 1)
	s.imported(t, d.owner, s.importFile(t, d.owner, "email,full_name,roles\nno address,Nobody,\n"))
	d.file = s.upload(t, d.owner, "POST /files", "a.png", picture(t, 4, 4, color.Black)).is(201, "").text("id")
	gateway, job := s.machine(t, d.owner, "gateway", "token.introspect"), s.machine(t, d.owner, "job", "member.read")
	token := s.programToken(t, job)
	s.introspect(t, gateway, token)
	s.form(t, "/oauth2/revoke", job, url.Values{"token": {token}}).is(200, "")
	d.key = job.key
	challenge := domain.Challenge{}
	require.NoError(t, s.app.Store.Challenges(s.clock.Now).Put(t.Context(), s.app.Config.DefaultOrgID, "hash", challenge, time.Hour))
	_, err := s.app.Sealing().Execute(t.Context())
	require.NoError(t, err)

	d.blocked = filepath.Join(s.app.Config.DataDir, "mail")
	require.NoError(t, os.Rename(d.blocked, d.blocked+".earlier"))
	require.NoError(t, os.WriteFile(d.blocked, nil, 0o600))
	s.post(t, "/auth/password/forgot", map[string]any{"email": d.member.email}).is(202, "")
	s.says(t, "not a directory")
	d.receiver.answers(http.StatusInternalServerError)
	d.hook = s.webhook(t, d.owner, d.receiver.url, "account.suspended").text("secret")
	s.addMember(t, "late@example.org", reader.password, false)
	s.as(t, d.owner, "POST", "/members/"+s.idOf(t, "late@example.org")+"/suspend", nil).is(204, "")
	d.receiver.message(t, 1)
	s.exec(t, `INSERT INTO import_accounts (org_id, id, import_id, line, details, totp_secret)
		SELECT org_id, '0190a8f0-0000-7000-8000-000000000001', import_id, line, '{}', '' FROM import_rows LIMIT 1`)
	s.exec(t, `INSERT INTO password_kinds (org_id, document) SELECT id, '{}' FROM orgs LIMIT 1`)
	s.exec(t, `INSERT INTO seal_origins (org_id, key, former_org_id, through, public_pem)
		VALUES (?, 'key', '0190a8f0-0000-7000-8000-000000000002', 1, 'PEM')`, string(s.newOrg(t, "other")))
	s.requireRowsInEveryTable(t)
	return d
}

func (d deployed) unblockMail(t *testing.T, c bootstrap.Config) {
	t.Helper()
	require.Equal(t, filepath.Join(c.DataDir, "mail"), d.blocked)
	require.NoError(t, os.Remove(d.blocked))
}

// count returns how many messages have arrived.
func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

// goesOn requires that everything that people and programs hold works. So many attempts to send an event have failed before.
func (s *service) goesOn(t *testing.T, d deployed, attempts int) {
	t.Helper()
	require.Equal(t, "authenticated", s.withDevice(t, d.owner, d.device).is(200, "").text("status"), "the device is remembered")
	s.secondStep(t, d.owner, map[string]any{"code": s.code(t, d.owner.secret, 0)}, "").is(200, "")
	s.secondStep(t, d.owner, map[string]any{"recovery_code": d.owner.recoveryCodes[0]}, "").is(200, "")
	require.Equal(t, "authenticated", d.signIn(t, s).is(200, "").text("status"), "by the passkey")
	s.again(t, d.member)
	s.get(t, "/me", d.key).is(200, "")
	s.get(t, "/files/"+d.file, d.owner.access).is(200, "")

	s.emails(t, domain.EmailPasswordForgotten, 1)
	s.clock.Advance(5 * time.Minute)
	heard := d.receiver.message(t, attempts+1)
	require.True(t, heard.signedWith(t, d.hook), "the webhook has its secret")
	time.Sleep(1500 * time.Millisecond) // in which a second worker would send again
	require.Len(t, s.emails(t, domain.EmailPasswordForgotten, 1), 1, "the email is sent once")
	require.Equal(t, attempts+1, d.receiver.count(), "after the failed attempts the event is sent once")
}
