package river

import (
	"database/sql"
	"fmt"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// Dialect is a kind of SQL database in which the queue can be stored.
type Dialect struct {
	driver func(*sql.DB) riverdriver.Driver[*sql.Tx]
	roles  bool // whether the service has a role that needs rights on the tables
}

// Postgres returns the dialect of PostgreSQL.
func Postgres() Dialect {
	return Dialect{driver: func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riverdatabasesql.New(db) }, roles: true}
}

// SQLite returns the dialect of SQLite.
func SQLite() Dialect {
	return Dialect{driver: func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riversqlite.New(db) }}
}

// connection returns the *sql.DB that a database is expected to be.
func connection(db any) (*sql.DB, error) {
	if db, ok := db.(*sql.DB); ok && db != nil {
		return db, nil
	}
	return nil, fmt.Errorf("river: the queue needs an SQL database, not a %T", db)
}
