package e2e

import (
	"context"
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

// TestReplicasStartedAtOnceOnAnEmptyDatabaseMakeOneOwner starts them before anything is migrated.
func TestReplicasStartedAtOnceOnAnEmptyDatabaseMakeOneOwner(t *testing.T) {
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
	owners := 0
	for i := range replicas {
		require.Eventually(t, func() bool { return strings.Contains(logs[i].String(), `"msg":"listening"`) }, time.Minute, 20*time.Millisecond, said[i].String())
		require.Contains(t, logs[i].String(), "SMTP_URL is not set: no mail is sent")
		owners += strings.Count(said[i].String(), "made the owner "+ownerEmail+" with the temporary password")
	}
	require.Equal(t, 1, owners, "one replica shows the password that counts")
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
}

func TestWithoutAMailServerNobodyIsInvited(t *testing.T) {
	s := start(t, deployments[1], func(c *bootstrap.Config) { c.Production, c.SMTPURL = true, "" })
	owner := s.enroll(t)
	refused := s.create(t, owner, "ann@example.org", nil).is(409, "conflict")
	require.Contains(t, refused.text("detail"), "temporary password")
	s.create(t, owner, "ann@example.org", map[string]any{"temporary_password": true}).is(201, "")
	done := s.imported(t, owner, s.order(t, owner, "email,full_name\nbob@example.org,Bob\n"))
	require.EqualValues(t, 0, done.at("created"))
	require.EqualValues(t, 1, done.at("refused"))
	rows := s.get(t, "/members/imports/"+done.text("id")+"/rows", owner.access).is(200, "")
	require.Contains(t, rows.raw, "sends no mail")
}
