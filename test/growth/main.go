// Command growth computes what a deployment of a given size needs: rows, disk, rates, processors, connections and Redis. The
// sizes of rows and index entries are measured, by fill.sql, on the tables of the migrations.
package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/pflag"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil && !errors.Is(err, pflag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	in, flags := defaults, pflag.NewFlagSet("growth", pflag.ContinueOnError)
	flags.Float64Var(&in.Accounts, "accounts", in.Accounts, "accounts")
	flags.Float64Var(&in.Orgs, "orgs", in.Orgs, "orgs")
	flags.Float64Var(&in.Active, "active", in.Active, "share of the accounts that are active on a day")
	flags.Float64Var(&in.SignIns, "sign-ins", in.SignIns, "sign-ins of an active account a day")
	flags.Float64Var(&in.TwoFactor, "two-factor", in.TwoFactor, "share of the accounts with a second factor")
	flags.Float64Var(&in.Refreshes, "refreshes", in.Refreshes, "refreshes of an active account a day")
	flags.Float64Var(&in.Reads, "reads", in.Reads, "requests with a token to this service, of an active account a day")
	flags.Float64Var(&in.Touches, "touches", in.Touches, "share of the reads that store the last use of the session")
	flags.Float64Var(&in.Changes, "changes", in.Changes, "audited changes of an active account a day")
	flags.Float64Var(&in.Peak, "peak", in.Peak, "the busiest hour compared with the mean of the day")
	flags.Float64Var(&in.EventDays, "event-days", in.EventDays, "audit_log_retention_days")
	flags.Float64Var(&in.Years, "years", in.Years, "years of seals")
	flags.Float64Var(&in.FullPages, "full-pages", in.FullPages, "share of the changed pages that WAL contains whole")
	flags.Float64Var(&in.Cores, "cores", in.Cores, "cores of a replica")
	flags.Float64Var(&in.Load, "load", in.Load, "share of the cores that the busiest hour may use")
	flags.Float64Var(&in.Disk, "disk", in.Disk, "MB per second that a backup reads")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := check(flags); err != nil {
		return err
	}
	if err := write(out, in, compute(in)); err != nil {
		return err
	}
	return compare(out, in)
}

// check refuses numbers that mean nothing.
func check(flags *pflag.FlagSet) (err error) {
	shares := []string{"active", "two-factor", "touches", "full-pages", "load"}
	divisors := []string{"accounts", "orgs", "active", "sign-ins", "peak", "cores", "load", "disk"}
	flags.VisitAll(func(f *pflag.Flag) {
		n, parsed := strconv.ParseFloat(f.Value.String(), 64)
		switch {
		case parsed != nil || err != nil:
			err = errors.Join(err, parsed)
		case slices.Contains(shares, f.Name) && n > 1:
			err = fmt.Errorf("--%s: a share is at most 1, not %g", f.Name, n)
		case n >= math.MaxInt64 || math.IsNaN(n) || n < 0 || n == 0 && slices.Contains(divisors, f.Name):
			err = fmt.Errorf("--%s: %g is no number to compute with", f.Name, n)
		}
	})
	return err
}

// compare prints what smaller deployments with orgs of the same size need.
func compare(out io.Writer, in inputs) error {
	_, _ = fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	_, _ = fmt.Fprintln(w, "| accounts\t| replicas\t| cores of the database\t| database\t| sign-ins a second, peak\t| events a day\t|")
	_, _ = fmt.Fprintln(w, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|")
	for _, part := range []float64{1e-4, 1e-3, 1e-2, 1e-1, 1} {
		smaller := in
		smaller.Accounts, smaller.Orgs = in.Accounts*part, in.Orgs*part
		f := compute(smaller)
		_, _ = fmt.Fprintf(w, "| %s\t| %.0f\t| %.1f\t| %s\t| %.1f\t| %s\t|\n", count(smaller.Accounts), f.replicas, f.processors/in.Load,
			bytesText(f.heap+f.indexes), f.rates[0].peak, count(f.events))
	}
	return w.Flush()
}

// write prints the figures as Markdown tables.
func write(out io.Writer, in inputs, f figures) error {
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	line := func(cells ...any) {
		for _, cell := range cells {
			_, _ = fmt.Fprintf(w, "| %v\t", cell)
		}
		_, _ = fmt.Fprintln(w, "|")
	}
	line("table", "rows", "bytes a row", "bytes of its index entries", "disk")
	line("---", "---", "---", "---", "---")
	for _, t := range f.tables {
		line("`"+t.name+"`", count(t.rows), fmt.Sprintf("%.0f", t.bytes.heap), fmt.Sprintf("%.0f", t.bytes.indexes),
			bytesText(t.rows*(t.bytes.heap+t.bytes.indexes)))
	}
	_, _ = fmt.Fprintln(w)
	line("operation", "a second, mean", "a second, peak", "cores of the service", "cores of the database")
	line("---", "---", "---", "---", "---")
	for _, r := range f.rates {
		line(r.name, perSecond(r.mean), perSecond(r.peak), fmt.Sprintf("%.1f", r.service), fmt.Sprintf("%.1f", r.store))
	}
	_, _ = fmt.Fprintln(w)
	line("what", "how much")
	line("---", "---")
	for _, s := range f.sizes {
		line(s.name, s.value)
	}
	_, _ = fmt.Fprintln(w)
	line("limit", "reached with", "what lifts it")
	line("---", "---", "---")
	for _, l := range f.limits(in) {
		line(l.name, count(l.accounts(in))+" accounts", l.lift)
	}
	return w.Flush()
}

// perSecond writes a rate.
func perSecond(n float64) string {
	if n < 10 {
		return fmt.Sprintf("%.1f", n)
	}
	return fmt.Sprintf("%.0f", n)
}

// count writes a number of rows.
func count(n float64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f billion", n/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f million", n/1e6)
	}
	return fmt.Sprintf("%.0f", n)
}
