package bootstrap

import (
	"context"
	"io"
	"net"
	nethttp "net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// counting is a store of another package: a driver for counting:// URLs, whose databases count units of work.
type counting struct {
	bunstore.SQLite
	units *atomic.Int64
}

func (counting) Path(url string) string { return strings.TrimPrefix(url, "counting://") }

func (counting) URL(path string) string { return "counting://" + path }

func (c counting) Check(url string) error { return c.SQLite.Check("sqlite://" + c.Path(url)) }

func (c counting) Open(urls port.DatabaseURLs, hooks port.DatabaseHooks) (port.Database, error) {
	database, err := c.SQLite.Open(port.DatabaseURLs{Service: c.SQLite.URL(c.Path(urls.Service))}, hooks)
	return countingDatabase{database, c.units}, err
}

type countingDatabase struct {
	port.Database
	units *atomic.Int64
}

func (d countingDatabase) InOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	d.units.Add(1)
	return d.Database.InOrg(ctx, org, fn)
}

// TestAStoreIsSwappedByOneLine adds a store to the table, as its only change, and uses the service and its commands on it.
func TestAStoreIsSwappedByOneLine(t *testing.T) {
	var units atomic.Int64
	stores["counting"] = store{DatabaseDriver: counting{units: &units}, queue: river.SQLite}
	t.Cleanup(func() { delete(stores, "counting") })

	path := filepath.Join(t.TempDir(), "counted.db")
	o := settingsIn(t, "PORT=0", "DATABASE_URL=counting://"+path, "SEED_ADMIN_EMAIL=owner@example.org")
	var log, printed output
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- actions(&log, &printed).Serve(ctx, o, true) }()
	address := ""
	require.Eventually(t, func() (found bool) {
		address, found = listeningAt(log.String())
		return found || len(served) > 0
	}, 20*time.Second, 5*time.Millisecond)
	response, err := nethttp.Get("http://" + address + "/api/v1/health/ready")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, nethttp.StatusOK, response.StatusCode)
	require.ErrorContains(t, actions(io.Discard, io.Discard).BackupRestore(t.Context(), o, path, true), "the service runs on this database")
	stop()
	require.NoError(t, <-served)

	require.FileExists(t, path)
	require.Positive(t, units.Load(), "the service used the store")
	require.Contains(t, printed.String(), "created the owner owner@example.org")
	for name, run := range map[string]func(context.Context, cli.Options) error{
		"doctor": actions(io.Discard, io.Discard).Doctor, "migrate status": actions(io.Discard, io.Discard).MigrateStatus,
		"keys list": actions(io.Discard, io.Discard).KeysList, "prove isolation": actions(io.Discard, io.Discard).ProveIsolation,
	} {
		require.NoError(t, run(t.Context(), o), name)
	}
	require.NoError(t, actions(io.Discard, io.Discard).BackupCreate(t.Context(), o, t.TempDir()))
}

// listeningAt returns the address in the log line of a service that listens.
func listeningAt(log string) (string, bool) {
	_, line, _ := strings.Cut(log, `"msg":"listening"`)
	_, after, found := strings.Cut(line, `"address":"`)
	address, _, ended := strings.Cut(after, `"`)
	_, _, err := net.SplitHostPort(address)
	return address, found && ended && err == nil
}

func TestAnUnknownSchemeIsRefusedWithExamples(t *testing.T) {
	_, err := Load(Source{Defaults: map[string]string{"DATA_DIR": t.TempDir(), "DATABASE_URL": "oracle://x"}})
	require.ErrorContains(t, err, "write postgres://user:password@host:5432/database or sqlite://./data/sole.db")
}
