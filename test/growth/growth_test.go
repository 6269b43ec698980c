package main

import (
	_ "embed"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

//go:embed fill.sql
var fill string

// sizes reads the rows and bytes of each table, with its partitions.
const sizes = `SELECT c.relname, s.heap, s.indexes FROM pg_class c, LATERAL (
		SELECT sum(pg_table_size(part)) AS heap, sum(pg_indexes_size(part)) AS indexes
		FROM (SELECT c.oid AS part UNION SELECT relid FROM pg_partition_tree(c.oid)) parts) s
	WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition`

// TestTheMeasuredSizesAreThoseOfTheMigrations fills the tables with few rows and compares bytes per row with the measured ones. It
// fails when a migration adds a column or an index to a table that grows.
func TestTheMeasuredSizesAreThoseOfTheMigrations(t *testing.T) {
	dsn := harness.Postgres(t)
	store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: dsn}, harness.Hooks())
	require.NoError(t, err)
	_, err = store.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.Close())
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	_, err = conn.Exec(t.Context(),
		"SET growth.orgs = 100; SET growth.accounts = 1000; SET growth.sessions = 2000; SET growth.events = 3000;"+fill)
	require.NoError(t, err)

	rows, err := conn.Query(t.Context(), sizes)
	require.NoError(t, err)
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		Table         string
		Heap, Indexes int64
	}])
	require.NoError(t, err)
	for _, want := range measured {
		for _, got := range found {
			var n int
			if got.Table != want.table {
				continue
			}
			require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM "+pgx.Identifier{want.table}.Sanitize()).Scan(&n))
			if n < 1000 { // the last page of each file is a large part of so few rows
				continue
			}
			require.InEpsilon(t, want.heap+want.indexes, float64(got.Heap+got.Indexes)/float64(n), 0.25, "bytes of a row of %s", want.table)
		}
	}
}

const document = "../../docs/growth.md"

// TestGeneratedGrowthTablesEqualTheModel compares docs/growth.md with the figures of the default inputs. UPDATE=1 writes them.
func TestGeneratedGrowthTablesEqualTheModel(t *testing.T) {
	var printed strings.Builder
	require.NoError(t, run(nil, &printed))
	raw, err := os.ReadFile(document)
	require.NoError(t, err)
	before, rest, begun := strings.Cut(string(raw), "<!-- model -->\n")
	_, after, ended := strings.Cut(rest, "<!-- model: end -->")
	require.True(t, begun && ended, "the document has no place for the figures")
	fresh := before + "<!-- model -->\n" + printed.String() + "<!-- model: end -->" + after
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(document, []byte(fresh), 0o644))
		return
	}
	require.Equal(t, fresh, string(raw), "run UPDATE=1 go test ./test/growth -run Generated")
}

// TestTheCostsAreThoseOfTheBench compares the costs that docs/performance.json has, on PostgreSQL with 16 connections, with those of
// the model. After a new run of the bench, set the costs of model.go to its figures.
func TestTheCostsAreThoseOfTheBench(t *testing.T) {
	raw, err := os.ReadFile("../../docs/performance.json")
	require.NoError(t, err)
	var bench struct {
		Rows []struct {
			Case, Deployment                string
			Accounts, Replicas, Connections int
			Measured                        struct {
				Service  float64 `json:"service_cpu_us"`
				Database float64 `json:"database_cpu_us"`
			}
		}
	}
	require.NoError(t, json.Unmarshal(raw, &bench))
	costs := map[string]cost{"sign-in": signIn, "refresh": refresh, "write": change}
	compared := 0
	for _, r := range bench.Rows {
		modelled, used := costs[r.Case]
		if !used || r.Deployment != "postgres" || r.Accounts != 1000 || r.Replicas != 1 || r.Connections != 16 {
			continue
		}
		compared++
		require.InEpsilon(t, r.Measured.Service/1e6, modelled.service, 0.3, "%s: the service", r.Case)
		require.InEpsilon(t, r.Measured.Database/1e6, modelled.database, 0.3, "%s: the database", r.Case)
	}
	require.Equal(t, len(costs), compared)
}

func TestTheFiguresFollowTheInputs(t *testing.T) {
	base := compute(defaults)
	twice := defaults
	twice.Accounts, twice.Orgs = 2*defaults.Accounts, 2*defaults.Orgs
	doubled := compute(twice)
	require.InEpsilon(t, 2*(base.heap+base.indexes), doubled.heap+doubled.indexes, 1e-9)
	for i, r := range base.rates {
		require.InEpsilon(t, 2*r.peak, doubled.rates[i].peak, 1e-9, r.name)
	}
	fewer := defaults
	fewer.Orgs = 100
	require.Greater(t, compute(fewer).perSeal, 50*base.perSeal, "large orgs seal many events at once")
	require.Error(t, run([]string{"--accounts", "many"}, &strings.Builder{}))
}

func TestLimitsDoNotDependOnARoundedNumberOfReplicas(t *testing.T) {
	met := func(accounts float64) map[string]float64 {
		in, found := defaults, map[string]float64{}
		in.Accounts, in.Orgs = accounts, accounts/1000
		for _, l := range compute(in).limits(in) {
			found[l.name] = l.accounts(in)
		}
		return found
	}
	small, large := met(50e3), met(100e6)
	require.NotEmpty(t, large)
	for name, accounts := range large {
		require.InEpsilon(t, accounts, small[name], 1e-9, name)
	}
}

func TestNumbersThatMeanNothingAreRefused(t *testing.T) {
	for _, flag := range []string{
		"--accounts=-5", "--accounts=0", "--orgs=0", "--active=3", "--sign-ins=0", "--load=0", "--cores=0", "--peak=NaN", "--years=Inf",
	} {
		var printed strings.Builder
		name, _, _ := strings.Cut(flag, "=")
		require.ErrorContains(t, run([]string{flag}, &printed), name+":")
		require.Empty(t, printed.String(), flag)
	}
	var printed strings.Builder
	require.NoError(t, run([]string{"--changes=0", "--reads=0", "--refreshes=0", "--years=0", "--event-days=0", "--full-pages=1"}, &printed))
	require.NotContains(t, printed.String(), "NaN")
}
