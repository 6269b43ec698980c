package main

import (
	"cmp"
	"math"
	"slices"
)

// limit is a limit of one server or process, and what lifts it.
type limit struct {
	name string
	used float64 // at the inputs, in the unit of most
	most float64
	lift string
}

// accounts returns the number of accounts with which the limit is reached if everything else grows in proportion.
func (l limit) accounts(in inputs) float64 {
	if l.used == 0 {
		return math.Inf(1)
	}
	return in.Accounts * l.most / l.used
}

// What one server or process does at most. The rates of sealing are measured, on one core of a busy machine.
const (
	sealsRS256    = 373
	sealsES256    = 709
	backupHours   = 8
	volume        = 16e12
	relation      = 32 << 40 // pages of 8 kB by numbers of 32 bits
	databaseCores = 64
	connections   = 1000
	redisMemory   = 16e9
	walPeak       = 400e6 // bytes a second
)

// limits returns the limits in the order in which they are reached.
func (f figures) limits(in inputs) []limit {
	var largest, sealing float64
	for _, t := range f.tables {
		largest = max(largest, t.rows*t.bytes.heap)
	}
	for _, r := range f.rates {
		if r.name == "seal" {
			sealing = r.peak
		}
	}
	all := []limit{
		{
			name: "RS256 (RSA 2048): one process seals the events of the last minute", used: sealing, most: sealsRS256,
			lift: "`JWT_ALGORITHM=ES256`",
		},
		{
			name: "ES256: one process seals the events of the last minute", used: sealing, most: sealsES256,
			lift: "nothing: an event waits longer than a minute, and its seal has more events",
		},
		{
			name: "a base backup ends within 8 hours", used: (f.heap + f.indexes) / in.Disk / 1e6 / 3600, most: backupHours,
			lift: "incremental backups, or snapshots of the volume",
		},
		{
			name: "the database fits on a volume of 16 TB", used: f.heap + f.indexes, most: volume,
			lift: "a shorter `audit_log_retention_days`; several volumes; several deployments",
		},
		{
			name: "the largest table is within 32 TiB, the limit of PostgreSQL", used: largest, most: relation,
			lift: "partitions; several deployments",
		},
		{name: "64 cores of the database suffice", used: f.processors / in.Load, most: databaseCores, lift: "several deployments"},
		{
			name: "the writer sends 400 MB/s of WAL", used: f.wal * in.Peak, most: walPeak,
			lift: "checkpoints further apart, `wal_compression`",
		},
		{name: "1,000 connections suffice", used: f.connections, most: connections, lift: "a pooler in transaction mode"},
		{name: "Redis fits into 16 GB", used: f.redis, most: redisMemory, lift: "Redis Cluster"},
	}
	slices.SortStableFunc(all, func(a, b limit) int { return cmp.Compare(a.accounts(in), b.accounts(in)) })
	return all
}
