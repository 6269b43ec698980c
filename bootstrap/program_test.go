package bootstrap

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tree lists everything in a folder.
func tree(t *testing.T, folder string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		names = append(names, path)
		return err
	}))
	return names
}

// existing lists the commands that need existing data. Only dev, serve, seed, setup and migrate up
// create it.
var existing = []string{
	"doctor", "migrate status", "migrate down", "keys list", "keys rotate", "keys retire x", "secrets status", "secrets reencrypt",
	"secrets retire x",
	"audit verify", "audit seal", "audit seals", "audit keys", "explain dec_x", "explain --permission member.read --account a@example.org",
	"prove isolation",
	"backup restored --taken-at 2026-01-02T03:04:05Z", "backup create", "backup create /nowhere/backup.tar.gz",
}

func TestSeedWithoutAnAddressCreatesNothing(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	var out bytes.Buffer
	require.Equal(t, exitFailure, Main([]string{"seed"}, &out, &out))
	require.Contains(t, out.String(), "SEED_ADMIN_EMAIL")
	require.Equal(t, []string{folder}, tree(t, folder))
}

func TestReadingCommandsCreateNothingAndNameTheMissingFile(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	require.NoError(t, os.WriteFile(".env.prod", nil, 0o600))
	require.NoError(t, os.WriteFile(".env.example", nil, 0o600))
	before := tree(t, folder)
	for _, line := range existing {
		var out bytes.Buffer
		require.Equal(t, exitFailure, Main(strings.Fields(line), &out, &out), line)
		require.Contains(t, out.String(), "data/", line)
		require.Contains(t, out.String(), "--env-file .env.prod", line)
		require.NotContains(t, out.String(), ".env.example", line)
		require.Equal(t, before, tree(t, folder), line)
	}
	require.NoError(t, os.WriteFile("mine", []byte("DATA_DIR=/nowhere/at/all\n"), 0o600))
	var out bytes.Buffer
	require.Equal(t, exitFailure, Main([]string{"keys", "list", "--env-file", "mine"}, &out, &out))
	require.Contains(t, out.String(), "/nowhere/at/all/sole.db does not exist")
	require.NotContains(t, out.String(), ".env.prod", "a file was named")
}

// TestReadingCommandsCreateNoKeys covers development, where only a start creates keys in DATA_DIR.
func TestReadingCommandsCreateNoKeys(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	require.NoError(t, os.WriteFile("mine", []byte("DATABASE_URL=postgres://127.0.0.1:1/sole\n"), 0o600))
	before := tree(t, folder)
	for _, line := range existing[:len(existing)-2] { // backups are of the embedded database
		var out bytes.Buffer
		require.Equal(t, exitFailure, Main(append(strings.Fields(line), "--env-file", "mine"), &out, &out), line)
		require.Contains(t, out.String(), "data/secret_key does not exist", line)
		require.Equal(t, before, tree(t, folder), line)
	}
}

func TestTheDatabaseIsInDataDir(t *testing.T) {
	for _, name := range []string{"data", "with blank", "per%20cent", "qu?es#tion"} {
		folder := filepath.Join(t.TempDir(), name)
		config, err := Load(Source{Defaults: map[string]string{"DATA_DIR": folder}})
		require.NoError(t, err)
		_, path, file := config.file()
		require.True(t, file)
		require.Equal(t, filepath.Join(folder, "sole.db"), path)
		require.Equal(t, filepath.Join(folder, "uploads"), config.UploadDir)
	}
	t.Chdir(t.TempDir())
	config, err := Load(Source{})
	require.NoError(t, err)
	require.Equal(t, "sqlite://./data/sole.db", config.DatabaseURL)
}

func TestADatabaseInTheFormerFolderIsReported(t *testing.T) {
	t.Chdir(t.TempDir())
	reported := func(dataDir, databaseURL string) bool {
		config, err := Load(Source{Defaults: map[string]string{"DATA_DIR": dataDir, "DATABASE_URL": databaseURL}})
		require.NoError(t, err)
		return len(config.leftBehind()) > 0
	}
	require.False(t, reported("elsewhere", ""), "there is none")
	require.NoError(t, os.MkdirAll("data", 0o700))
	require.NoError(t, os.WriteFile("data/sole.db", nil, 0o600))
	require.True(t, reported("elsewhere", ""))
	require.False(t, reported("./data", ""))
	require.False(t, reported("elsewhere", "sqlite://other.db"))
	require.NoError(t, os.WriteFile("elsewhere/sole.db", nil, 0o600))
	require.False(t, reported("elsewhere", ""))
}

func TestSetupCheckCreatesNoDatabase(t *testing.T) {
	folder := t.TempDir()
	code, output := setupIn(filepath.Join(folder, ".env"), "dev", "--check", "--data-dir", filepath.Join(folder, "data"))
	require.Equal(t, exitOK, code, output)
	require.Contains(t, output, "ok    database")
	require.Equal(t, []string{folder, filepath.Join(folder, ".env")}, tree(t, folder))
}
