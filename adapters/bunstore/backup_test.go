package bunstore_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/migrations"
)

// TestASnapshotContainsWholeCommittedUnits takes snapshots while units of work of two rows each are committed. None
// contains half a unit, and each contains all that was committed before it began.
func TestASnapshotContainsWholeCommittedUnits(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "sole.db")
	store := sqlite(t, path)
	org, _ := twoOrgs(t, store)
	before, err := bunstore.SQLite{}.Inspect(t.Context(), snapshot(t, path, filepath.Join(folder, "first")))
	require.NoError(t, err)
	require.Equal(t, migrations.Newest(), before.Schema)

	var committed atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	writing.Go(func() {
		for ctx.Err() == nil {
			require.NoError(t, store.InOrg(context.Background(), org, func(tx port.OrgTx) error {
				for range 2 {
					id := uuid.NewString()
					user, err := domain.NewUser(domain.UserID(id), domain.Email(id+"@example.org"), "Someone", time.Now().UTC())
					if err != nil {
						return err
					}
					if err := tx.Users().Insert(context.Background(), user); err != nil {
						return err
					}
				}
				return nil
			}))
			committed.Add(2)
		}
	})
	defer writing.Wait()
	defer stop()
	for i := range 5 {
		require.Eventually(t, func() bool { return committed.Load() > int64(20*i) }, time.Minute, time.Millisecond)
		least := committed.Load()
		contents, err := bunstore.SQLite{}.Inspect(t.Context(), snapshot(t, path, filepath.Join(folder, fmt.Sprint(i))))
		require.NoError(t, err)
		users := contents.Rows["users"] - before.Rows["users"]
		require.GreaterOrEqual(t, users, least)
		require.Zero(t, users%2, "half a unit")
	}
}

func snapshot(t *testing.T, path, target string) string {
	t.Helper()
	require.NoError(t, bunstore.SQLite{}.Snapshot(t.Context(), path, target))
	return target
}

func TestASnapshotCreatesNoSourceAndOverwritesNoFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.Error(t, bunstore.SQLite{}.Snapshot(t.Context(), filepath.Join(folder, "nowhere"), filepath.Join(folder, "copy")))
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, entries)
	path := filepath.Join(folder, "sole.db")
	sqlite(t, path)
	require.Error(t, bunstore.SQLite{}.Snapshot(t.Context(), path, path))
}

func TestInspectionFindsFaultsAndChangesNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "sole.db")
	org, _ := twoOrgs(t, sqlite(t, path))
	altered := func(name string, statements ...string) string {
		target := snapshot(t, path, filepath.Join(folder, name))
		db, err := sql.Open("sqlite", "file:"+target)
		require.NoError(t, err)
		for _, statement := range statements {
			_, err := db.Exec(statement)
			require.NoError(t, err, statement)
		}
		require.NoError(t, db.Close())
		return target
	}
	good := altered("good")
	text, err := os.ReadFile(good)
	require.NoError(t, err)
	torn := bytes.Clone(text)
	for page := 2; page*4096 < len(torn); page++ {
		copy(torn[page*4096:], "torn")
	}
	for name, content := range map[string][]byte{"torn": torn, "short": text[:len(text)/2], "garbage": []byte("garbage"), "empty": {}} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	for file, says := range map[string]string{
		filepath.Join(folder, "torn"):                                         "integrity_check",
		filepath.Join(folder, "short"):                                        "integrity_check",
		filepath.Join(folder, "garbage"):                                      "integrity_check",
		filepath.Join(folder, "empty"):                                        "no database of this service",
		filepath.Join(folder, "nowhere"):                                      "integrity_check",
		altered("orphans", "DELETE FROM orgs WHERE id = '"+string(org)+"'"):   "refers to a row of",
		altered("foreign", "DROP TABLE goose_db_version"):                     "no database of this service",
		altered("half", "PRAGMA foreign_keys = 0", "DROP TABLE audit_events"): "no database of this service",
	} {
		_, err := bunstore.SQLite{}.Inspect(t.Context(), file)
		require.ErrorContains(t, err, says, file)
	}
	_, err = bunstore.SQLite{}.Inspect(t.Context(), good)
	require.NoError(t, err)
	after, err := os.ReadFile(good)
	require.NoError(t, err)
	require.True(t, bytes.Equal(text, after))
	for _, companion := range []string{"-wal", "-shm", "-journal"} {
		require.NoFileExists(t, good+companion)
	}
	require.NoFileExists(t, filepath.Join(folder, "nowhere"))

	oldFile := altered("old", "DROP TABLE canaries", "UPDATE goose_db_version SET version_id = 0 WHERE version_id > 3")
	old, err := bunstore.SQLite{}.Inspect(t.Context(), oldFile)
	require.NoError(t, err)
	require.EqualValues(t, 3, old.Schema)
	require.Empty(t, old.Canaries)
}

func TestADatabaseInUseIsNotSettled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sole.db")
	store := sqlite(t, path)
	twoOrgs(t, store)
	require.FileExists(t, path+"-wal")
	require.ErrorIs(t, bunstore.SQLite{}.Settle(t.Context(), path), port.ErrDatabaseInUse)
	require.NoError(t, store.Close())
	require.NoError(t, bunstore.SQLite{}.Settle(t.Context(), path))
	require.NoFileExists(t, path+"-wal")
	contents, err := bunstore.SQLite{}.Inspect(t.Context(), path)
	require.NoError(t, err)
	require.EqualValues(t, 2, contents.Rows["orgs"])
}
