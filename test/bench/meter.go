package main

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// cpu is user and system time by the place where it is spent.
type cpu struct{ service, database, cache time.Duration }

func (c cpu) minus(earlier cpu) cpu {
	return cpu{
		service: c.service - earlier.service, database: c.database - earlier.database, cache: c.cache - earlier.cache,
	}
}

func (c cpu) plus(other cpu) cpu {
	return cpu{service: c.service + other.service, database: c.database + other.database, cache: c.cache + other.cache}
}

// servers are the process ids of PostgreSQL and Redis. For a server that is not on this machine it is 0, and its time is not
// measured.
type servers struct{ postmaster, redis int }

// spent returns the CPU time that the database, the cache and the processes of a service have used since they started.
func (s servers) spent(service []int) (total cpu, err error) {
	var faults []error
	add := func(to *time.Duration, from func(int) (time.Duration, error), pid int) {
		if pid != 0 {
			spent, err := from(pid)
			*to += spent
			faults = append(faults, err)
		}
	}
	for _, pid := range service {
		add(&total.service, cpuOf, pid)
	}
	add(&total.database, family, s.postmaster)
	add(&total.cache, cpuOf, s.redis)
	return total, errors.Join(faults...)
}

// findServers asks the servers for their processes.
func findServers(ctx context.Context, database, cache string) (found servers) {
	if local(database) {
		found.postmaster, _ = postmaster(ctx, database)
	}
	if local(cache) {
		found.redis, _ = redisProcess(ctx, cache)
	}
	return found
}

// local reports whether a URL leads to this machine.
func local(server string) bool {
	parsed, err := url.Parse(server)
	if err != nil {
		return false
	}
	address := net.ParseIP(parsed.Hostname())
	return parsed.Hostname() == "localhost" || address != nil && address.IsLoopback()
}

func postmaster(ctx context.Context, database string) (int, error) {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(ctx) }()
	return named(int(conn.PgConn().PID()), "postgres")
}

func redisProcess(ctx context.Context, cache string) (int, error) {
	options, err := redis.ParseURL(cache)
	if err != nil {
		return 0, err
	}
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	info, err := client.Info(ctx, "server").Result()
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(info) {
		if id, found := strings.CutPrefix(strings.TrimSpace(line), "process_id:"); found {
			pid, err := strconv.Atoi(id)
			if err != nil {
				return 0, err
			}
			_, err = named(pid, "redis-server")
			return pid, err
		}
	}
	return 0, errors.New("redis does not report its process id")
}
