package harness

import (
	"errors"
	"os"
)

// MeasuredServers returns the URLs of a PostgreSQL and a Redis server for measurements. If possible it starts them from programs on
// this machine, so that nothing else uses them. Otherwise they come from the environment or from Docker. A program that is not a
// test calls [StopAll] at its end.
func MeasuredServers() (postgres, redis string, err error) {
	postgres, databaseErr := measured(&sharedPostgres, newPostgres)
	redis, cacheErr := measured(&sharedRedis, newRedis)
	return postgres, redis, errors.Join(databaseErr, cacheErr)
}

func measured(kind *sharedServer, start func() (*PrivateServer, error)) (string, error) {
	own := sharedServer{name: kind.name, advice: kind.advice, routes: []route{
		{"binaries", forAll(start)},
		{kind.env, func() (string, error) {
			if url := os.Getenv(kind.env); url != "" {
				return url, nil
			}
			return "", errors.New("not set")
		}},
		kind.routes[0],
	}}
	own.find()
	return own.url, own.missing()
}

// NewDatabase creates an empty database on a server, and returns its DSN and a function that drops it.
func NewDatabase(admin string) (dsn string, drop func() error, err error) {
	name := newName("bench")
	if dsn, err = withDatabase(admin, name); err != nil {
		return "", nil, err
	}
	return dsn, func() error { return executeOn(admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") },
		executeOn(admin, "CREATE DATABASE "+name+" TEMPLATE template0")
}
