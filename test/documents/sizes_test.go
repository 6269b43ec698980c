package documents

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// What accounts do in the busiest hour. docs/performance.md states it.
const (
	signInsOfAnAccount   = 0.1
	activeAccounts       = 0.2
	refreshesOfAnActive  = 4 // ACCESS_TOKEN_EXPIRE_MINUTES is 15
	readsOfAnActive      = 20
	writesOfAnActive     = 0.5
	busiestSecond        = 2 // compared with the mean of the hour
	survivorsUse         = 0.9
	smallestConnections  = 10 // of a replica
	connectionsOfOthers  = 10 // migrations, backups, persons
	growthAccounts       = 1e6
	leastDatabaseCores   = 1
	leastDatabaseMemory  = 1 // GB
	hashMemory           = 20
	otherMemory          = 64
	connectionMemory     = 25.0 / 1024
	connectionsOfClients = 4000
)

// size is a deployment that the document works out. A replica may use more cores than it requests while the machine has some idle.
type size struct {
	name     string
	accounts float64
	request  float64 // cores
	limit    float64 // cores
}

var sizes = []size{
	{name: "small", accounts: 1_000, request: 0.25, limit: 2},
	{name: "medium", accounts: 100_000, request: 0.5, limit: 2},
	{name: "large", accounts: 1_000_000, request: 2, limit: 2},
}

// needs is what a size needs in its busiest second.
type needs struct {
	signIns, refreshes, reads, writes float64 // a second
	service, database                 float64 // cores that are busy
	replicas                          float64
}

func (s size) needs(t *testing.T) needs {
	_, costs := onPostgres(t)
	a := s.accounts / 3600 * busiestSecond
	n := needs{
		signIns: a * signInsOfAnAccount, refreshes: a * activeAccounts * refreshesOfAnActive,
		reads: a * activeAccounts * readsOfAnActive, writes: a * activeAccounts * writesOfAnActive,
	}
	for _, each := range []struct {
		rate, signs float64
		cost        cost
	}{
		{n.signIns, 1, costs["sign-in-code"]}, {n.refreshes, 1, costs["refresh"]},
		{n.reads, 0, readGrowth(t).read(t)}, {n.writes, 0, costs["write"]},
	} {
		n.service += each.rate * (each.cost.Service + each.signs*largerKey) / 1e6
		n.database += each.rate * each.cost.Database / 1e6
	}
	n.replicas = max(2, math.Ceil(n.service/use/s.request), math.Ceil(n.service/survivorsUse/s.request)+1)
	return n
}

// memoryLimit is the next power of two, in MiB, above what a replica needs with all its hashes and many connections.
func (s size) memoryLimit() float64 {
	return math.Exp2(math.Ceil(math.Log2(otherMemory + hashMemory*s.limit + connectionMemory*connectionsOfClients)))
}

// databaseMemory is, in GB, the next power of two above twice the rows of accounts and the index entries of sessions, and at least 1.
func (s size) databaseMemory(t *testing.T) float64 {
	g := readGrowth(t)
	sessions := activeAccounts * 2 * 37 * number(t, g.row(t, "`sessions`")[2])
	return max(leastDatabaseMemory, math.Exp2(math.Ceil(math.Log2(2*s.accounts*(g.account(t)+sessions)/1e9))))
}

// workedSizes is the table of the sizes.
func workedSizes(t *testing.T) string {
	disk := number(t, strings.Fields(readGrowth(t).row(t, "1.0 million")[2])[0]) // GB
	rows := []struct {
		name string
		show func(s size, n needs) string
	}{
		{"accounts", func(s size, _ needs) string { return fmt.Sprintf("%.0f", s.accounts) }},
		{"sign-ins in the busiest hour (assumed)", func(s size, _ needs) string { return fmt.Sprintf("%.0f", s.accounts*signInsOfAnAccount) }},
		{"in the busiest second: sign-ins, refreshes, reads, writes", func(_ size, n needs) string {
			return strings.Join([]string{rounded(n.signIns), rounded(n.refreshes), rounded(n.reads), rounded(n.writes)}, ", ")
		}},
		{"busy cores of all replicas", func(_ size, n needs) string { return fmt.Sprintf("%.2f", n.service) }},
		{"replicas", func(_ size, n needs) string { return fmt.Sprintf("%.0f", n.replicas) }},
		{"a replica: CPU request, limit", func(s size, _ needs) string { return fmt.Sprintf("%gm, %g", 1000*s.request, s.limit) }},
		{"a replica: memory request, limit", func(s size, _ needs) string {
			return fmt.Sprintf("%.0fMi, %.0fMi", s.memoryLimit()/2, s.memoryLimit())
		}},
		{"connections to PostgreSQL, one replica more during an upgrade", func(s size, n needs) string {
			return fmt.Sprintf("%.0f", (n.replicas+1)*max(smallestConnections, 4*s.limit)+connectionsOfOthers)
		}},
		{"PostgreSQL: cores", func(_ size, n needs) string {
			return fmt.Sprintf("%.0f", max(leastDatabaseCores, math.Ceil(2*n.database/use)))
		}},
		{"PostgreSQL: memory", func(s size, _ needs) string { return fmt.Sprintf("%.0f GB", s.databaseMemory(t)) }},
		{"PostgreSQL: disk", func(s size, _ needs) string {
			return fmt.Sprintf("%.1f GB", disk*s.accounts/growthAccounts)
		}},
		{"Redis: cores, memory", func(size, needs) string { return "0.1, 64 MB" }},
	}
	var b strings.Builder
	b.WriteString("| |")
	for _, s := range sizes {
		b.WriteString(" " + s.name + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(sizes)) + "\n")
	for _, r := range rows {
		b.WriteString("| " + r.name + " |")
		for _, s := range sizes {
			b.WriteString(" " + r.show(s, s.needs(t)) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}
