package e2e

import (
	"context"
	"io"
	"net"
	"net/url"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/test/harness"
)

// TestReplicasStartedTogetherCreateOneOwner starts three replicas on an empty database.
func TestReplicasStartedTogetherCreateOneOwner(t *testing.T) {
	t.Parallel()
	path, folder, database := binary(t), t.TempDir(), harness.Postgres(t)
	settings := productionFile(t, database, "SEED_ADMIN_EMAIL="+ownerEmail)
	const replicas = 3
	var logs, said [replicas]syncedBuffer
	var running [replicas]*exec.Cmd
	for i := range replicas {
		running[i] = exec.Command(path, "serve", "--migrate", "--env-file", settings)
		running[i].Dir, running[i].Stdout, running[i].Stderr = folder, &logs[i], &said[i]
		require.NoError(t, running[i].Start())
		t.Cleanup(func() { _ = running[i].Process.Kill() })
	}
	for i := range replicas {
		listening := func() bool { return strings.Contains(logs[i].String(), `"msg":"listening"`) }
		require.Eventually(t, listening, time.Minute, 20*time.Millisecond, said[i].String())
		require.Contains(t, logs[i].String(), "SMTP_URL is not set: no mail is sent")
	}
	owners := func() (n int) {
		for i := range replicas {
			n += strings.Count(said[i].String(), "created the owner "+ownerEmail+" with the temporary password")
		}
		return n
	}
	require.Eventually(t, func() bool { return owners() > 0 }, time.Minute, 20*time.Millisecond, "a slow database is seeded after the start")
	conn, err := pgx.Connect(context.Background(), database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var accounts int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM users").Scan(&accounts))
	require.Equal(t, 1, accounts)
	for i := range replicas {
		require.NoError(t, running[i].Process.Signal(syscall.SIGTERM))
		require.NoError(t, running[i].Wait())
	}
	require.Equal(t, 1, owners(), "only one replica prints the password")
}

func TestWithoutAMailServerNobodyIsInvited(t *testing.T) {
	t.Parallel()
	s := start(t, onServers, func(c *bootstrap.Config) { c.Production, c.SMTPURL = true, "" })
	owner := s.enroll(t)
	refused := s.create(t, owner, "ann@example.org", nil).is(409, "conflict")
	require.Contains(t, refused.text("detail"), "temporary password")
	s.create(t, owner, "ann@example.org", map[string]any{"temporary_password": true}).is(201, "")
	done := s.imported(t, owner, s.importFile(t, owner, "email,full_name\nbob@example.org,Bob\n"))
	require.EqualValues(t, 0, done.at("created"))
	require.EqualValues(t, 1, done.at("refused"))
	rows := s.get(t, "/members/imports/"+done.text("id")+"/rows", owner.access).is(200, "")
	require.Contains(t, rows.raw, "sends no mail")
	refused = s.as(t, owner, "POST", "/me/email", map[string]any{"new_email": "new@example.org"}).is(409, "conflict")
	require.Contains(t, refused.text("detail"), "sends no mail")
}

// TestAServiceThatStartsBeforeItsDatabaseWaitsForIt happens when a machine boots: serve --migrate
// must migrate, and serve must seed, once the database is available.
func TestAServiceThatStartsBeforeItsDatabaseWaitsForIt(t *testing.T) {
	t.Parallel()
	path, folder, database := binary(t), t.TempDir(), harness.Postgres(t)
	at, err := url.Parse(database)
	require.NoError(t, err)
	server := at.Host
	for _, c := range []struct{ line, early, done string }{
		{"serve --migrate", "the database does not answer; it will be migrated when it does", `"msg":"listening"`},
		{"serve", "the database is unreachable; the service is unready until it answers", "created the owner " + ownerEmail},
	} {
		at.Host = freeAddress(t)
		more := []string{}
		if c.line == "serve" {
			more = append(more, "SEED_ADMIN_EMAIL="+ownerEmail)
		}
		settings := productionFile(t, at.String(), more...)
		var said syncedBuffer
		command := exec.Command(path, append(strings.Fields(c.line), "--env-file", settings)...)
		command.Dir, command.Stdout, command.Stderr = folder, &said, &said
		require.NoError(t, command.Start())
		t.Cleanup(func() { _ = command.Process.Kill() })
		require.Eventually(t, func() bool { return strings.Contains(said.String(), c.early) }, 30*time.Second, 20*time.Millisecond, c.line)
		require.NotContains(t, said.String(), c.done)
		forward(t, at.Host, server)
		require.Eventually(t, func() bool { return strings.Contains(said.String(), c.done) }, 30*time.Second, 20*time.Millisecond, c.line)
		require.NoError(t, command.Process.Signal(syscall.SIGTERM))
		require.NoError(t, command.Wait(), said.String())
	}
}

// freeAddress returns an address on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

// forward passes every connection to address on to the server until the test ends.
func forward(t *testing.T, address, server string) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close()
				continue
			}
			go func() {
				_, _ = io.Copy(upstream, client)
				_ = upstream.Close()
			}()
			go func() {
				_, _ = io.Copy(client, upstream)
				_ = client.Close()
			}()
		}
	}()
}
