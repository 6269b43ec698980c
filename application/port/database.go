package port

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Errors of a database that is reachable and cannot be used.
var (
	// ErrSchemaBehind means that migrations of this build are pending.
	ErrSchemaBehind = errors.New("the database schema is older than this build")
	// ErrSchemaAhead means that a newer build has changed the schema so that this one cannot use it.
	ErrSchemaAhead = errors.New("a newer version of this service has migrated the database, and this build cannot use it")
	// ErrSchemaOther means that a statement of this build does not fit the schema.
	ErrSchemaOther = errors.New("the database schema is not that of this build")
	// ErrDatabaseRefused means that the server answers and refuses the connection, because it has no such database or login.
	ErrDatabaseRefused = errors.New("the database server refuses the connection")
	// ErrNotIsolated is wrapped in an error with the reason why the database does not restrict the service to the
	// rows of one org, and what to change.
	ErrNotIsolated = errors.New("the database does not keep orgs apart")
	// ErrDatabaseInUse means that another process has the database file open.
	ErrDatabaseInUse = errors.New("another process has the database open: stop it first")
	// ErrDatabaseServed means that another process serves the database file.
	ErrDatabaseServed = errors.New("another process already serves this database file")
)

// DatabaseDriver opens the databases of one kind, such as PostgreSQL. The scheme of DATABASE_URL selects it.
type DatabaseDriver interface {
	// System is the name of the database system in traces, as OpenTelemetry's db.system.name has it.
	System() string
	// Example is a URL that shows how to write one.
	Example() string
	// Check returns an error that says what to write instead of a URL that cannot be used. The error shows no part
	// of the URL, because a URL can contain a password.
	Check(url string) error
	// Identity returns what distinguishes the database from others, without login and parameters.
	Identity(url string) string
	// Open prepares a database, which connects when it is first used. It returns an error if a hook is missing.
	Open(urls DatabaseURLs, hooks DatabaseHooks) (Database, error)
}

// DatabaseURLs are the logins to one database. Migrations may need more rights than the service. If Migrations is empty,
// Service is used for both.
type DatabaseURLs struct{ Service, Migrations string }

// DatabaseHooks are what a database calls. All but the observers are required.
type DatabaseHooks struct {
	// Committed is called once per audit event after its unit of work has been committed.
	Committed func(ctx context.Context, org domain.OrgID, event domain.AuditEvent)
	// Reachable is called with the reason when the database becomes unreachable, and with nil when it answers again.
	Reachable func(reason error)
	// Queue stores the jobs of a unit of work in its transaction.
	Queue Queue
	// Observers observe every statement.
	Observers []ObserveCall
}

// Complete returns an error that names the first required hook that is missing.
func (h DatabaseHooks) Complete() error {
	switch {
	case h.Committed == nil:
		return errors.New("committed audit events would be lost: DatabaseHooks.Committed is missing")
	case h.Reachable == nil:
		return errors.New("outages would not be reported: DatabaseHooks.Reachable is missing")
	case h.Queue == nil:
		return errors.New("emails and other jobs would be lost: DatabaseHooks.Queue is missing")
	}
	return nil
}

// ObserveCall is called when an operation starts, with a name such as "SELECT users". The function that it returns is
// called with the result when the operation has ended.
type ObserveCall func(ctx context.Context, operation string) (context.Context, func(error))

// FileDriver is a DatabaseDriver whose databases are files. Such a database belongs to the one process that serves it.
type FileDriver interface {
	DatabaseDriver
	// Path returns the file that a URL names.
	Path(url string) string
	// URL returns a URL for which Path returns the path, whatever characters it has.
	URL(path string) string
	// Lock keeps other processes from serving the file until it is unlocked. It returns ErrDatabaseServed if another
	// process serves it.
	Lock(path string) (unlock func() error, err error)
	// Snapshot writes the database as it is at one moment to the new file target. Other processes may write meanwhile.
	Snapshot(ctx context.Context, path, target string) error
	// Inspect reads a file that no process writes, and changes nothing. It returns an error if the file is damaged or
	// belongs to another program.
	Inspect(ctx context.Context, path string) (DatabaseContents, error)
	// Settle moves changes that are still in a log beside the file into it, so that the file alone is the whole database.
	// It returns ErrDatabaseInUse if another process has the file open.
	Settle(ctx context.Context, path string) error
	// KeepCopy gives the database file a second name, path with the suffix, so that the file at path can be replaced
	// without losing it. For a damaged database the logs beside it get the second name, too. It returns
	// ErrDatabaseInUse if another process has the file open.
	KeepCopy(ctx context.Context, path, suffix string) error
}

// DatabaseContents describes a database file.
type DatabaseContents struct {
	Schema   int64                          // number of the newest migration that was applied
	Canaries map[string]domain.SealedSecret // by name; empty before the schema had them
	Rows     map[string]int64               // how many rows orgs, users and audit_events have
}

// Database is a store with what its operation needs. Every driver's database has it.
type Database interface {
	Store
	OrgTransfers
	Schema
	// Ready checks that the database accepts writes, has the schema of this build and answers the query of every
	// request. It returns ErrSchemaBehind, ErrSchemaAhead, ErrSchemaOther, ErrNotIsolated,
	// or the reason why the database is unreachable.
	Ready(ctx context.Context) error
	// IsolationChecks returns checks of the database's own separation of orgs, none if it has no such mechanism. They
	// return ErrNotIsolated.
	IsolationChecks() []Check
	// ProveIsolation inspects every property of the live database that separates orgs, and changes nothing.
	ProveIsolation(ctx context.Context) ([]IsolationProof, error)
	// Pools reports on the pools of connections.
	Pools() []PoolStats
	// Challenges returns unfinished sign-ins that are stored in the database instead of the cache.
	Challenges(clock Clock) Challenges
	// Ceremonies returns requests to use a passkey that are stored in the database instead of the cache.
	Ceremonies(clock Clock) Ceremonies
	// FirstRuns returns the offers to become the first owner. They are stored in the database only, because other processes
	// and later starts must find them.
	FirstRuns(clock Clock) FirstRuns
	// StepUps returns step-ups that are stored in the database instead of the cache.
	StepUps(clock Clock) StepUps
	// Connection is the database for a queue that keeps its jobs in it: of an SQL database a *sql.DB.
	Connection() any
	// Close closes every connection.
	Close() error
}

// Schema is the version of the database's tables.
type Schema interface {
	// Migrate applies every pending migration, also those of the queue, and returns the applied ones. If several
	// processes call it at once, one migrates and the others wait. It returns ErrSchemaAhead and changes nothing if a newer
	// build has changed the schema so that this one cannot use it.
	Migrate(ctx context.Context) ([]Migration, error)
	// Rollback undoes the newest migration and returns it; nothing if there is none.
	Rollback(ctx context.Context) ([]Migration, error)
	// Migrations lists every migration of this build, and then the newest one of the database without a name if this build
	// does not know it.
	Migrations(ctx context.Context) ([]Migration, error)
}

// Migration is one version of the schema. AppliedAt is zero while it is pending.
type Migration struct {
	Version   int64
	Name      string // empty: of a newer build
	AppliedAt time.Time
}

// IsolationProof is one property of the database that separates orgs.
type IsolationProof struct {
	Claim    string   // the property, in words
	Examined int      // how many tables, roles or the like were examined
	Faults   []string // each names one of them and what is wrong with it
	Remedy   string   // what to do about a fault
}

// PoolStats describes a pool of connections.
type PoolStats struct {
	Name   string // writer, reader
	InUse  int
	Idle   int
	Max    int
	Waits  int64         // how often a call waited for a connection
	Waited time.Duration // the sum of these waits
	Failed int64         // how often a call waited in vain
}

// Check tests whether a dependency can be used. Without an optional one the service is degraded, not unready.
type Check struct {
	Name     string
	Optional bool
	Ask      func(context.Context) error
}
