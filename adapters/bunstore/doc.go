// Package bunstore implements port.Store on PostgreSQL and SQLite, with Bun.
//
// postgres.go and sqlite.go open a database and describe in a dialect value everything in which the two differ; every
// other file serves both. A repository exists only inside a unit of work on one org, and every statement on its rows
// starts with the condition on that org.
package bunstore
