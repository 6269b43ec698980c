package documents

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// use is the share of the cores that requests may use. It leaves room for uneven arrivals and for the loss of a replica.
const use = 0.6

// largerKey is by how much a signature with RSA 3072, the key of `sole setup prod`, is slower than with RSA 2048, the key of
// the measurements; in µs, of the table in docs/performance.md.
const largerKey = 1500

// signs says how many access tokens a request of a case signs.
var signs = map[string]float64{"sign-in": 1, "sign-in-code": 1, "sign-in-passkey": 1, "refresh": 1}

// onPostgres returns the costs of the cases on PostgreSQL with one replica, 1,000 accounts and 16 connections.
func onPostgres(t *testing.T) (names []string, costs map[string]cost) {
	costs = map[string]cost{}
	for _, r := range readMeasured(t).Rows {
		if r.Deployment == "postgres" && r.Accounts == 1000 && r.Replicas == 1 && r.Connections == 16 {
			names, costs[r.Case] = append(names, r.Case), r.Measured
		}
	}
	require.Contains(t, costs, "sign-in-code")
	return names, costs
}

// capacity is the table of what cores carry, each kind of request alone.
func capacity(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| case | a second, 1 core of the service | 2 cores | 4 cores | 4 cores, RSA 3072 " +
		"| cores of the database for those of 4 cores |\n|---|---|---|---|---|---|\n")
	names, costs := onPostgres(t)
	for _, name := range names {
		c := costs[name]
		core := use * 1e6 / c.Service
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %.1f |\n", name, rounded(core), rounded(2*core), rounded(4*core),
			rounded(4*use*1e6/(c.Service+signs[name]*largerKey)), 4*core*c.Database/1e6/use)
	}
	return b.String()
}

// rounded writes a number with two digits that count.
func rounded(n float64) string {
	step := math.Pow(10, math.Floor(math.Log10(n))-1)
	return strconv.FormatFloat(math.Floor(n/step)*step, 'f', max(0, -int(math.Round(math.Log10(step)))), 64)
}

// growth is docs/growth.md, whose tables test/growth writes.
type growth string

func readGrowth(t *testing.T) growth {
	raw, err := os.ReadFile(filepath.Join(root, "docs", "growth.md"))
	require.NoError(t, err)
	return growth(raw)
}

// row returns the cells of a row, without the first one.
func (g growth) row(t *testing.T, first string) []string {
	found := regexp.MustCompile(`(?m)^\| *` + regexp.QuoteMeta(first) + ` *\|(.*)\|$`).FindStringSubmatch(string(g))
	require.NotNil(t, found, "docs/growth.md has no row %q", first)
	cells := strings.Split(found[1], "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

func number(t *testing.T, text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return n
}

// bytes is what a row of a table takes, with its index entries.
func (g growth) bytes(t *testing.T, tables ...string) (sum float64) {
	for _, table := range tables {
		cells := g.row(t, "`"+table+"`")
		sum += number(t, cells[1]) + number(t, cells[2])
	}
	return sum
}

// read is the cost of a request whose token and account no replica has cached, as in most requests of a large deployment.
func (g growth) read(t *testing.T) cost {
	cells := g.row(t, "read")
	peak := number(t, cells[1])
	return cost{Service: number(t, cells[2]) / peak * 1e6, Database: number(t, cells[3]) / peak * 1e6}
}

// account is what an account takes: five search words, and for one in five accounts a factor with recovery codes and a device.
func (g growth) account(t *testing.T) float64 {
	return g.bytes(t, "users", "user_roles") + 5*g.bytes(t, "user_words") +
		0.2*(g.bytes(t, "authenticators", "devices")+10*g.bytes(t, "recovery_codes"))
}

// disk is the table of what a million rows take.
func disk(t *testing.T) string {
	g := readGrowth(t)
	return fmt.Sprintf("| a million | GB on disk, with indexes |\n|---|---|\n"+
		"| accounts, one in five with a second factor and a remembered device | %.1f |\n"+
		"| sessions; each is kept for 37 days | %.1f |\n| audit events with their proofs | %.1f |\n| seals | %.1f |\n",
		g.account(t)/1e3, g.bytes(t, "sessions")/1e3, g.bytes(t, "audit_events", "audit_proofs")/1e3, g.bytes(t, "audit_seals")/1e3)
}
