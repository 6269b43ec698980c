package bunstore_test

import (
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

func sqliteColumns(t *testing.T, path string) []string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	rows, err := db.Query(`SELECT t.name || '.' || c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'goose_db_version' ORDER BY 1`)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	var list []string
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		list = append(list, name)
	}
	require.NoError(t, rows.Err())
	return list
}

func TestActivityIsCollectedAndStored(t *testing.T) {
	t.Parallel()
	store := sqlite(t, filepath.Join(t.TempDir(), "sole.db"))
	org, _ := twoOrgs(t, store)
	var session domain.Session
	read := func() {
		require.NoError(t, store.ReadOrg(t.Context(), org, func(tx port.OrgTx) error {
			user, err := tx.Users().ByEmail(t.Context(), "someone@example.org")
			require.NoError(t, err)
			live, err := tx.Sessions().Live(t.Context(), user.ID, time.Now())
			session = live[0]
			return err
		}))
	}
	read()
	began := session.LastSeenAt
	activity := memory.NewActivity(store, slog.New(slog.DiscardHandler))
	for i := range 100 {
		activity.Seen(org, session.ID, began.Add(time.Duration(i)*time.Second))
	}
	read()
	require.Equal(t, began, session.LastSeenAt, "nothing is written at once")
	activity.Flush(t.Context())
	read()
	require.Equal(t, began.Add(99*time.Second), session.LastSeenAt)
}

func TestTheFilesOfTheDatabaseAreReadableByTheOwnerOnly(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	twoOrgs(t, sqlite(t, filepath.Join(folder, "sole.db")))
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		info, err := file.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file.Name())
	}
}
