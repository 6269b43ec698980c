package bunstore

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Store implements port.Database.
type Store struct {
	hooks   port.DatabaseHooks
	write   *bun.DB // units that change something
	read    *bun.DB // units that only read
	dialect dialect

	principals *principalCache
}

// dialect holds everything in which the two databases differ.
type dialect struct {
	name       string
	lockRows   bool                     // whether SELECT ... FOR UPDATE is needed and known
	append     *preparedStatement       // appends an audit event; nil: orgTx.queue does
	partitions bool                     // whether audit events have a partition for each month
	eventsBy   func(eventColumn) string // the table expression of audit events for a filter; nil: the table itself
	setDoor    func(ctx context.Context, tx bun.Tx, door string) error
	keyID      string // the expression for the key id of the column sealed, as SealedSecret.KeyID returns it
	reads      allReads
	readRows   readRows
	// lockPrincipal and lockSession read a session whole and in short, as reads do, with the refresh tokens. They lock the session.
	lockPrincipal, lockSession string
	mergeJSON                  string            // the expression for the column document with the members of a JSON object set
	rolesJSON                  string            // the beginning of a query that returns the roles r as a JSON list
	standing                   string            // the statement of port.Users.Standing
	serviceStanding            string            // the statement of port.ServiceAccounts.Standing
	lockHolder                 string            // the statement of port.Authenticators.LockStanding
	translate                  func(error) error // driver errors into domain errors
	retry                      func(error) bool  // whether a call that failed may succeed when run again
	migrations                 func() (*migrator, error)
	pools                      func() []port.PoolStats
	observe                    port.ObserveCall                            // nil: there are no observers
	migrated                   func(ctx context.Context, db *sql.DB) error // after the migrations, over their login
	schema                     func(ctx context.Context) (int64, error)    // the newest migration that was applied
	noTable                    func(error) bool                            // whether a statement's table is missing
	bound                      func(ctx context.Context) error             // see Store.Bound; nil: there is no row level security
	isolation                  []catalogueQuery
	circuit                    *circuit // nil: the database cannot become unreachable
	close                      func() error
}

// SQL returns the connections that write.
func (s *Store) SQL() *sql.DB { return s.write.DB }

// Close closes every connection.
func (s *Store) Close() error { return s.dialect.close() }

// Bound returns ErrNotBound if row level security does not bind the service. SQLite has none.
func (s *Store) Bound(ctx context.Context) error {
	if s.dialect.bound == nil {
		return nil
	}
	return s.dialect.translate(s.dialect.circuit.call(func() error { return s.dialect.bound(ctx) }))
}

// InOrg implements port.Store.
func (s *Store) InOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	return s.unit(ctx, scope{write: true, org: org}, fn)
}

// ReadOrg implements port.Store.
func (s *Store) ReadOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	return s.unit(ctx, scope{org: org}, fn)
}

// maxRuns is how often a call runs at most, if it fails with an error that allows a retry.
const maxRuns = 4

// scope describes the rows that a unit of work can access: those of an org, those of a door (see doorOrgs), or both.
type scope struct {
	org    domain.OrgID
	door   string
	write  bool // whether it may change something
	frozen bool // whether all its statements see one state of the data, as those on SQLite always do
}

// unit runs fn in one transaction.
func (s *Store) unit(ctx context.Context, in scope, fn func(port.OrgTx) error) error {
	if (in.org != "" || in.door == "") && !domain.IsID(string(in.org)) {
		return domain.ErrOrgNotFound
	}
	var tx *orgTx
	err := s.run(ctx, func() (err error) {
		tx, err = s.attempt(ctx, in, fn)
		return err
	})
	if err == nil {
		tx.announce(ctx)
	}
	return err
}

// run makes a call to the database, and repeats it if the dialect reports that this may help.
func (s *Store) run(ctx context.Context, call func() error) error {
	for run := 1; ; run++ {
		err := s.dialect.circuit.call(call)
		if err == nil || run == maxRuns || !s.dialect.retry(err) {
			return err
		}
		if err := sleep(ctx, time.Duration(run)*rand.N(10*time.Millisecond)); err != nil { //nolint:gosec // jitter, no secret
			return err
		}
	}
}

func (s *Store) attempt(ctx context.Context, in scope, fn func(port.OrgTx) error) (*orgTx, error) {
	db, opts := s.read, &sql.TxOptions{ReadOnly: true}
	if in.write {
		db, opts = s.write, nil
	}
	if in.write && s.dialect.append != nil {
		s.dialect.append.prepare(ctx)
	}
	unit := &pipeline{org: in.org, door: in.door, frozen: in.frozen}
	sqlTx, err := db.BeginTx(context.WithValue(ctx, pipelineKey{}, unit), opts)
	if err != nil {
		return nil, s.dialect.translate(fmt.Errorf("begin: %w", err))
	}
	defer func() { _ = sqlTx.Rollback() }() // nothing to undo once committed
	tx := &orgTx{db: sqlTx, org: in.org, dialect: &s.dialect, pipeline: unit, hooks: &s.hooks, principals: s.principals}
	if err := fn(tx); err != nil {
		return nil, err
	}
	if err := sqlTx.Commit(); err != nil {
		return nil, s.dialect.translate(fmt.Errorf("commit: %w", err))
	}
	return tx, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
