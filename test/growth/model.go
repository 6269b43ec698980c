package main

import (
	"fmt"
	"math"
	"time"

	"github.com/sole-platform/sole/domain"
)

// inputs describe a deployment. SignIns, Refreshes, Reads and Changes are numbers of an active account in a day.
type inputs struct {
	Accounts  float64
	Orgs      float64
	Active    float64 // share of the accounts that sign in or refresh on a day
	SignIns   float64
	TwoFactor float64 // share of the accounts with a second factor; each of their sign-ins has two events
	Refreshes float64
	Reads     float64 // requests with a token that this service answers; other services verify tokens themselves
	Touches   float64 // share of the reads that store the last use of the session: those at least 15 seconds after the previous one
	Changes   float64 // audited writes other than sign-ins
	Peak      float64 // the busiest hour compared with the mean of the day
	EventDays float64 // audit_log_retention_days
	Years     float64 // of seals, which are never removed
	FullPages float64 // share of the changed pages that WAL contains whole, because it is their first change after a checkpoint
	Cores     float64 // of one replica
	Load      float64 // share of the cores that the busiest hour may use
	Disk      float64 // MB per second that a backup reads
}

// defaults are the inputs of docs/growth.md: a hundred million accounts in a hundred thousand orgs.
var defaults = inputs{
	Accounts: 100e6, Orgs: 100e3, Active: 0.2, SignIns: 2, TwoFactor: 0.2, Refreshes: 6, Reads: 20, Touches: 0.5, Changes: 0.5, Peak: 3,
	EventDays: 180, Years: 1, FullPages: 0.5, Cores: 4, Load: 0.6, Disk: 500,
}

// coreConnections is how many connections a replica opens for each of its cores.
const coreConnections = 4

// sessionDays is how long the row of a session stays: seven days until it expires, then thirty until it is removed.
const sessionDays = 37

// cost is what one operation takes at the service and at the database, in seconds of processor time.
type cost struct{ service, database float64 }

// The costs were measured with `task bench` on two cores of an AMD EPYC, with RSA keys of 2048 bits; TestTheCostsAreThoseOfTheBench
// compares them with docs/performance.json. A read is of a token and an account that the process has not cached, as in most reads
// of a large deployment.
var (
	signIn  = cost{18.4e-3, 1.33e-3}
	refresh = cost{0.88e-3, 0.22e-3}
	read    = cost{0.30e-3, 0.29e-3}
	touch   = cost{0.1e-3, 0.2e-3} // not measured
	change  = cost{0.50e-3, 0.94e-3}
	seal    = cost{1.4e-3, 1.2e-3}
)

// table is what one table takes on disk.
type table struct {
	name  string
	rows  float64
	bytes footprint
}

// figures are what a deployment with the inputs needs.
type figures struct {
	tables   []table
	rates    []rate
	sizes    []size
	heap     float64 // bytes
	indexes  float64
	sessions float64
	// These have limits: processors of the database, bytes of WAL a second, connections of replicas that are fully used, bytes of
	// Redis.
	processors, wal, connections, redis float64
	replicas, events                    float64 // events a day
	// Events of one seal, at the mean of the day and in the busiest hour.
	perSeal, perSealAtPeak float64
}

// rate is how often an operation happens, and what it costs.
type rate struct {
	name           string
	mean, peak     float64 // a second
	service, store float64 // processors, peak
}

// size is the size of one part of the deployment.
type size struct{ name, value string }

// compute returns the figures of the inputs.
func compute(in inputs) figures {
	var f figures
	active := in.Accounts * in.Active
	perDay := map[string]float64{
		"sign-in": active * in.SignIns, "refresh": active * in.Refreshes, "read": active * in.Reads,
		"last use": active * in.Reads * in.Touches, "change": active * in.Changes,
	}
	costs := map[string]cost{"sign-in": signIn, "refresh": refresh, "read": read, "last use": touch, "change": change}
	var service, store, commits float64
	for _, name := range []string{"sign-in", "refresh", "read", "last use", "change"} {
		mean := perDay[name] / (24 * time.Hour).Seconds()
		peak, c := mean*in.Peak, costs[name]
		f.rates = append(f.rates, rate{name: name, mean: mean, peak: peak, service: peak * c.service, store: peak * c.database})
		service, store = service+peak*c.service, store+peak*c.database
		if name != "read" {
			commits += mean
		}
	}
	events := perDay["sign-in"]*(1+in.TwoFactor) + perDay["change"]
	eventRate := events / (24 * time.Hour).Seconds()
	f.rates = append(f.rates, rate{name: "audit event", mean: eventRate, peak: eventRate * in.Peak})
	f.seal(in, eventRate)
	f.sessions, f.events = perDay["sign-in"]*sessionDays, events
	f.store(in, events)
	f.provide(in, load{service: service, store: store, commits: commits + eventRate/f.perSeal, events: eventRate})
	return f
}

// seal computes how many seals are made: each minute one for each org that has new events, which come independently, and one for
// each hundred of its events.
func (f *figures) seal(in inputs, events float64) {
	made := func(events float64) float64 {
		return max(in.Orgs*(1-math.Exp(-events*60/in.Orgs))/60, events/domain.SealSize)
	}
	mean, peak := made(events), made(events*in.Peak)
	f.perSeal, f.perSealAtPeak = events/mean, events*in.Peak/peak
	f.rates = append(f.rates, rate{name: "seal", mean: mean, peak: peak, service: peak * seal.service, store: peak * seal.database})
}

// store computes the rows and bytes of each table that grows, for a number of events a day.
func (f *figures) store(in inputs, events float64) {
	rows := map[string]float64{
		"orgs": in.Orgs, "org_settings": in.Orgs, "roles": 4 * in.Orgs,
		"users": in.Accounts, "user_roles": in.Accounts, "user_words": 5 * in.Accounts, "attempts": in.Accounts * in.Active * 0.05,
		"authenticators": in.Accounts * in.TwoFactor, "recovery_codes": 10 * in.Accounts * in.TwoFactor, "devices": in.Accounts * in.TwoFactor,
		"sessions":     f.sessions,
		"audit_events": events * in.EventDays, "audit_proofs": events * in.EventDays,
		"audit_seals": events / f.perSeal * 365 * in.Years,
	}
	for _, m := range measured {
		t := table{name: m.table, rows: rows[m.table], bytes: m.footprint}
		f.tables = append(f.tables, t)
		f.heap += t.rows * t.bytes.heap
		f.indexes += t.rows * t.bytes.indexes
	}
}

// load is the sum over all operations: processors of the service and of the database at the peak, and the mean numbers of commits
// and events a second.
type load struct{ service, store, commits, events float64 }

// provide computes what the operator has to provide.
func (f *figures) provide(in inputs, l load) {
	replicas := math.Ceil(l.service / (in.Cores * in.Load))
	wal := func(fullPages float64) float64 {
		return f.rates[0].mean*walSignIn.of(fullPages) + f.rates[1].mean*walRefresh.of(fullPages) + f.rates[3].mean*walTouch.of(fullPages) +
			l.events*(walEvent.of(fullPages)+walSeal.of(fullPages)/f.perSeal)
	}
	day := (24 * time.Hour).Seconds()
	f.replicas, f.processors, f.wal, f.connections = replicas, l.store, wal(in.FullPages), l.service/in.Load*coreConnections
	total := f.heap + f.indexes
	const freezeAge, exhausted = 200e6, 2.1e9
	// An unfinished sign-in is stored for five minutes; an address has two counters in the hour in which it is active.
	challenges, counters := f.rates[0].peak*in.TwoFactor*300*redisChallenge, 2*redisCounter*in.Accounts*in.Active*in.Peak/24
	f.redis = challenges + counters
	f.sizes = []size{
		{"replicas", fmt.Sprintf("%.0f of %.0f cores", replicas, in.Cores)},
		{"connections of the replicas", fmt.Sprintf("%.0f (%d for each core)", replicas*in.Cores*coreConnections, coreConnections)},
		{"processors of the database", fmt.Sprintf("%.0f, and as many again for vacuum, WAL and backups", math.Ceil(l.store/in.Load))},
		{"database", fmt.Sprintf("%s, of which indexes %s", bytesText(total), bytesText(f.indexes))},
		{"WAL of a day", fmt.Sprintf("%s, and %s if %.0f %% of the changed pages are written whole",
			bytesText(day*wal(0)), bytesText(day*f.wal), 100*in.FullPages)},
		{"base backup", fmt.Sprintf("%.1f hours at %.0f MB/s", total/in.Disk/1e6/3600, in.Disk)},
		{"transactions that write", fmt.Sprintf(
			"%.0f a second: every table is frozen every %.0f hours; without freezing, ids would run out after %.1f days",
			l.commits, freezeAge/l.commits/3600, exhausted/l.commits/86400)},
		{"events of one seal", fmt.Sprintf("%.1f, and %.1f in the busiest hour", f.perSeal, f.perSealAtPeak)},
		{"Redis: unfinished sign-ins", bytesText(challenges)},
		{"Redis: counters of addresses", bytesText(counters)},
	}
}

// bytesText writes a number of bytes with a decimal unit.
func bytesText(n float64) string {
	for _, u := range []struct {
		name string
		size float64
	}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}} {
		if n >= u.size {
			return fmt.Sprintf("%.1f %s", n/u.size, u.name)
		}
	}
	return fmt.Sprintf("%.0f kB", n/1e3)
}
