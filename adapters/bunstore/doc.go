// Package bunstore keeps what must not be lost, on PostgreSQL or SQLite, through Bun.
//
// postgres.go and sqlite.go open a database and say in a dialect value all that
// differs between the two; every other file serves both. A repository exists only
// inside a unit of work on one org, and starts each statement with that org.
package bunstore
