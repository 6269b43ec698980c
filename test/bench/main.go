// Command bench measures what requests cost the service, its database and its cache, and compares each with a floor: the least
// that the request could cost, measured in the same run.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/pflag"

	"github.com/sole-platform/sole/test/harness"
)

func main() {
	served, err := serveRole()
	if !served {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		err = run(ctx, os.Args[1:], os.Stdout)
		stop()
		harness.StopAll()
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const help = `Measures what requests cost, and compares each case with its base. The base is a floor: a process on the same stores that
does only the work that no answer can do without. A case and its base take turns in the same run, so that other load on
the machine affects both. The base of a row with 1,000,000 accounts is 1,000 accounts instead, that of a row with several
replicas is one replica, and that of sign-in-passkey is sign-in.

CPU is the user and system time per request of the service, of PostgreSQL and of Redis. It is measured on Linux only.
"times" is the CPU of a case divided by that of its base, and "of base" is the inverse.

PostgreSQL and Redis are started from programs on this machine, for this run only. Without these programs the bench uses
SOLE_TEST_DATABASE_URL and SOLE_TEST_REDIS_URL, or Docker. Their CPU then includes everything else that uses the servers.

Without --case, --deployment, --accounts, --replicas and --connections the bench measures the usual plan, in about 15
minutes: all cases with 16 connections in both deployments, GET /me with 1 to 512 connections, 1,000,000 accounts, three
replicas, memory, and a mixed run of five minutes. With any of these flags it measures every combination of their values;
the defaults are all cases, postgres, 1000 accounts, one replica and 16 connections.

Usage: task bench -- [FLAGS]

`

// options is the command line.
type options struct {
	choice
	pace
	jsonFile, against string
	mixed             time.Duration
	webhooks          int
	rates             []int
	progress          io.Writer // for the names of the rows that are being measured
}

// parse returns the options, or nil if only help was asked for.
func parse(args []string, out io.Writer) (*options, error) {
	o := &options{progress: os.Stderr}
	flags := pflag.NewFlagSet("bench", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.StringSliceVar(&o.cases, "case", nil, "cases to measure, such as me,sign-in")
	flags.StringSliceVar(&o.deployments, "deployment", nil, "postgres (PostgreSQL and Redis) or embedded (SQLite, one process)")
	flags.IntSliceVar(&o.accounts, "accounts", nil, "accounts in the database; more than 1000 takes a minute to fill")
	flags.IntSliceVar(&o.replicas, "replicas", nil, "replicas of the service")
	flags.IntSliceVar(&o.connections, "connections", nil, "connections at the same time; the service refuses sign-ins beyond a queue of 64")
	flags.IntVar(&o.rounds, "rounds", 5, "rounds of each case and of its base")
	flags.DurationVar(&o.round, "round", time.Second, "length of a round")
	flags.DurationVar(&o.mixed, "mixed", 0, "length of the mixed run; in the usual plan 5m")
	flags.IntVar(&o.webhooks, "webhooks", 0, "measure only requests while their events are sent to so many webhooks, and without webhooks")
	flags.IntSliceVar(&o.rates, "rates", []int{25, 50, 100, 200, 400}, "with --webhooks: writes in a second; there are as many reads")
	flags.StringVar(&o.jsonFile, "json", "", "write the result to this file, without the rows that failed")
	flags.StringVar(&o.against, "against", "", "print the changes since the result in this file, which --json wrote")
	flags.SetOutput(out)
	flags.Usage = func() {
		_, _ = fmt.Fprint(out, help+flags.FlagUsages()+"\nCases:\n")
		for _, s := range scenarios {
			_, _ = fmt.Fprintf(out, "  %-15s %s\n", s.name, s.about)
		}
	}
	err := flags.Parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		return nil, nil
	}
	if err == nil && flags.NArg() > 0 {
		err = errors.New("write flags only: " + strings.Join(flags.Args(), " ") + "; --help explains them")
	}
	if o.usual() && !flags.Changed("mixed") {
		o.mixed = 5 * time.Minute
	}
	o.warmUp = o.round
	return o, err
}

// run measures what the arguments ask for and prints it.
func run(ctx context.Context, args []string, out io.Writer) (err error) {
	o, err := parse(args, out)
	if err != nil || o == nil {
		return err
	}
	rows, err := o.plan()
	if err != nil {
		return err
	}
	var before *report
	if o.against != "" {
		if before, err = readReport(o.against); err != nil {
			return err
		}
	}
	folder, err := os.MkdirTemp("", "sole-bench-")
	if err != nil {
		return err
	}
	b := newBench(folder)
	defer func() { err = errors.Join(err, b.close()) }()
	var found *report
	var failed error
	if o.webhooks > 0 {
		found, failed = b.measureWebhooks(ctx, o, out)
	} else {
		found, failed = b.measureAll(ctx, o, rows, out)
	}
	if o.jsonFile != "" {
		failed = errors.Join(failed, found.write(o.jsonFile))
	}
	if before == nil || failed != nil {
		return failed
	}
	_, _ = fmt.Fprintf(out, "\nChanges since %s (%s):\n", before.Revision, before.Started.Format(time.DateTime))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	printChanges(table, compare(before, found))
	return table.Flush()
}
