package bootstrap

import (
	"slices"
	"strings"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/application/port"
)

// store is a kind of database, with the SQL dialect of the queue that stores its jobs there.
type store struct {
	port.DatabaseDriver
	queue func() river.Dialect
}

// stores are the kinds of database by the scheme of DATABASE_URL. A new store is its package and one line here.
var stores = map[string]store{
	"postgres":   {DatabaseDriver: bunstore.Postgres{}, queue: river.Postgres},
	"postgresql": {DatabaseDriver: bunstore.Postgres{}, queue: river.Postgres},
	"sqlite":     {DatabaseDriver: bunstore.SQLite{}, queue: river.SQLite},
}

// embedded is the store that is used if DATABASE_URL is not set.
var embedded port.FileDriver = bunstore.SQLite{}

// createMigration adds empty migration files to the source tree.
func createMigration(name string) ([]string, error) {
	return bunstore.CreateMigration("migrations", name)
}

// storeOf returns the store of a URL, and false if the scheme is unknown.
func storeOf(url string) (store, bool) {
	scheme, _, _ := strings.Cut(url, ":")
	s, known := stores[scheme]
	return s, known
}

// examples returns an example of a URL for each store, or only for each store on a server.
func examples(servers bool) string {
	var all []string
	for _, s := range stores {
		if _, file := s.DatabaseDriver.(port.FileDriver); !file || !servers {
			all = append(all, s.Example())
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " or ")
}

// file returns the driver and the path of a database that is a file, and false if the database is on a server.
func (c Config) file() (driver port.FileDriver, path string, ok bool) {
	s, _ := storeOf(c.DatabaseURL)
	if driver, ok = s.DatabaseDriver.(port.FileDriver); ok {
		path = driver.Path(c.DatabaseURL)
	}
	return driver, path, ok
}
