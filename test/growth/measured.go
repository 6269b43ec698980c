package main

// footprint is how many bytes one row takes: in its table, including values that are stored out of line, and in all its indexes.
type footprint struct{ heap, indexes float64 }

// measured are the footprints that fill.sql made with 10,000 orgs, 500,000 accounts, 2,000,000 sessions and 3,000,000 events on
// PostgreSQL 15. A test repeats it with few rows.
var measured = []struct {
	table string
	footprint
}{
	{"orgs", footprint{130, 146}},
	{"org_settings", footprint{436, 34}},
	{"roles", footprint{94, 128}},
	{"users", footprint{315, 202}},
	{"user_roles", footprint{77, 180}},
	{"user_words", footprint{72, 144}},
	{"authenticators", footprint{391, 133}},
	{"recovery_codes", footprint{109, 154}},
	{"devices", footprint{205, 139}},
	{"attempts", footprint{127, 109}},
	{"sessions", footprint{547, 167}},
	{"audit_events", footprint{390, 534}},
	{"audit_proofs", footprint{109, 109}},
	{"audit_seals", footprint{1171, 52}},
}

// written is what one operation adds to the write-ahead log: bytes, and pages that it changes. Measured with EXPLAIN (ANALYZE,
// WAL) for a thousand random accounts.
type written struct{ bytes, pages float64 }

var (
	walSignIn  = written{2165, 11} // session, account and counter of attempts
	walEvent   = written{1904, 12} // event, its place in the queue for a seal, and its proof
	walSeal    = written{1175, 2}
	walRefresh = written{960, 5}
	walTouch   = written{640, 1}
)

// Bytes of a key in Redis 7, by MEMORY USAGE.
const (
	redisChallenge = 488
	redisCounter   = 104
)

// fullPage is the size of a whole page in the write-ahead log, in bytes, without its free space.
const fullPage = 6_000

// of returns the bytes of one operation, if a share of the pages is written whole.
func (w written) of(fullPages float64) float64 { return w.bytes + w.pages*fullPages*fullPage }
