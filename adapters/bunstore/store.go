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

// Store implements port.Store. Audited is called after a unit committed, once per event.
// Post puts a letter, and Employ an import or an erasure, on the queue within the unit's transaction; nil
// drops them.
// AlsoMigrate brings up to date what others keep in the database, over the migrations' login.
// Away is told why the database is found to be away, and nil when it is back.
type Store struct {
	Audited func(ctx context.Context, org domain.OrgID, event domain.AuditEvent)
	Post    func(ctx context.Context, tx *sql.Tx, org domain.OrgID, letter domain.Letter) error
	Employ  func(ctx context.Context, tx *sql.Tx, org domain.OrgID, order any) error

	AlsoMigrate func(ctx context.Context, db *sql.DB) error

	Away func(why error)

	write   *bun.DB // units that change something
	read    *bun.DB // units that only look
	dialect dialect
}

var _ port.Store = (*Store)(nil)

// dialect is everything in which the two databases differ.
type dialect struct {
	name       string
	lockRows   bool // whether SELECT ... FOR UPDATE is needed and known
	prepared   bool // whether statements are prepared on every new connection
	setDoor    func(ctx context.Context, tx bun.Tx, door string) error
	keyID      string // the expression for the key id of the column sealed, as SealedSecret.KeyID has it
	principal  func(ctx context.Context, org domain.OrgID, session domain.SessionID) (domain.Principal, error)
	rolesJSON  string            // the head of a query that gathers roles r
	standing   string            // the statement of port.Users.Standing
	translate  func(error) error // driver errors into domain errors
	retry      func(error) bool  // whether a call that failed may succeed when run again
	migrations func() (*migrator, error)
	pools      func() []PoolStats
	observe    func(context.Context, string) (context.Context, func(error)) // nil: nobody does
	migrated   func(ctx context.Context, db *sql.DB) error                  // after the migrations, over their login
	schema     func(ctx context.Context) (int64, error)                     // the newest migration that was applied
	noTable    func(error) bool                                             // whether a statement's table is missing
	bound      func(ctx context.Context) error                              // as Store.Bound
	isolation  []catalogueQuestion
	circuit    *circuit // nil: the database cannot be away
	close      func() error
}

// SQL is the database for those who keep something of their own in it.
func (s *Store) SQL() *sql.DB { return s.write.DB }

// Close gives every connection back.
func (s *Store) Close() error { return s.dialect.close() }

// Bound tells whether the database itself keeps the service to one org at a time: nil, or
// ErrNotBound. SQLite has no row level security to ask for.
func (s *Store) Bound(ctx context.Context) error {
	return s.dialect.translate(s.dialect.circuit.call(func() error { return s.dialect.bound(ctx) }))
}

// InOrg implements port.Store.
func (s *Store) InOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	return s.unit(ctx, s.write, nil, org, "", fn)
}

// ReadOrg implements port.Store.
func (s *Store) ReadOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	return s.unit(ctx, s.read, &sql.TxOptions{ReadOnly: true}, org, "", fn)
}

// Principal implements port.Store.
func (s *Store) Principal(ctx context.Context, org domain.OrgID, session domain.SessionID) (domain.Principal, error) {
	if !domain.IsID(string(org)) || !domain.IsID(string(session)) {
		return domain.Principal{}, domain.ErrTokenRevoked
	}
	var principal domain.Principal
	err := s.run(ctx, func() error {
		return s.dialect.observed(ctx, "SELECT principal", func(ctx context.Context) (err error) {
			principal, err = s.dialect.principal(ctx, org, session)
			return err
		})
	})
	return principal, s.dialect.translate(err)
}

// maxRuns bounds how often a call runs when the database asks for another try.
const maxRuns = 4

// unit runs fn in one transaction.
func (s *Store) unit(ctx context.Context, db *bun.DB, opts *sql.TxOptions, org domain.OrgID, door string, fn func(port.OrgTx) error) error {
	if org != "" || door == "" {
		if !domain.IsID(string(org)) {
			return domain.ErrOrgNotFound
		}
	}
	var tx *orgTx
	err := s.run(ctx, func() (err error) {
		tx, err = s.attempt(ctx, db, opts, org, door, fn)
		return err
	})
	if err == nil {
		tx.announce(ctx, s.Audited)
	}
	return err
}

// run makes a call to the database, and repeats it when the dialect says that this may help.
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

func (s *Store) attempt(ctx context.Context, db *bun.DB, opts *sql.TxOptions, org domain.OrgID, door string, fn func(port.OrgTx) error) (*orgTx, error) {
	ends := &ends{org: org, door: door}
	sqlTx, err := db.BeginTx(context.WithValue(ctx, endsKey{}, ends), opts)
	if err != nil {
		return nil, s.dialect.translate(fmt.Errorf("begin: %w", err))
	}
	defer func() { _ = sqlTx.Rollback() }() // nothing to undo once committed
	tx := &orgTx{db: sqlTx, org: org, dialect: &s.dialect, ends: ends, post: s.Post, employ: s.Employ}
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
