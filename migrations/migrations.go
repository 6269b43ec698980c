// Package migrations carries the versioned SQL schema of both databases. The folders
// hold the same numbers and names; a test keeps their tables and columns equal.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// Postgres returns the migrations for PostgreSQL 14 and later.
func Postgres() fs.FS { return folder("postgres") }

// SQLite returns the migrations for SQLite 3.37 and later (STRICT tables).
func SQLite() fs.FS { return folder("sqlite") }

func folder(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	return sub
}

// generation is how many versions a generation of the schema has. Within a generation migrations only add to the schema, so
// that a build serves with the later ones too. A migration with which older builds cannot serve begins the next generation,
// such as 01001.
const generation = 1000

// Serves reports whether this build can serve with a database whose newest migration is version, or a later one of this build.
func Serves(version int64) bool { return version/generation <= Newest()/generation }

// Newest is the version that a fully migrated database has.
func Newest() int64 {
	entries, err := files.ReadDir("postgres")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	var version int64
	if _, err := fmt.Sscanf(entries[len(entries)-1].Name(), "%d_", &version); err != nil {
		panic(err) // the file names are part of the binary
	}
	return version
}
