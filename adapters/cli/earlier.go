package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sole-platform/sole/application/earlier"
	"github.com/sole-platform/sole/domain"
)

// EarlierActions are the commands that move the earlier service, which was written in Python, into this one.
type EarlierActions interface {
	ImportEarlierService(ctx context.Context, o Options, want EarlierRequest) error
}

// EarlierRequest says where the earlier service is, and what of it is moved.
type EarlierRequest struct {
	Source EarlierSource
	Move   earlier.Request
	DryRun bool
	Report string // a file; empty: none
}

// EarlierSource is the database of the earlier service. Secrets come from the environment or from its file of settings.
type EarlierSource struct {
	URL     string // without a password; empty: from the environment or the file
	EnvFile string // the file of settings of the earlier service; empty: none
	Rounds  int    // of PBKDF2; 0: the default
}

const earlierLong = `Move the orgs and accounts of the earlier service, which was written in Python, straight from its
PostgreSQL, with their passwords, authenticator apps and recovery codes.

Stop the earlier service first, or give a restored dump or a standby. Everything is read in one
transaction that cannot write. With --dry-run nothing is changed here either: the plan is printed.

These come from the environment, or from the file of settings of the earlier service that
--earlier-env names (as DATABASE_URL, SECRET_KEY and FERNET_KDF_SALT):
  EARLIER_DATABASE_URL      postgres://user:password@host:5432/database
  EARLIER_SECRET_KEY        its SECRET_KEY
  EARLIER_FERNET_KDF_SALT   its FERNET_KDF_SALT, if it has one

The plan is printed first. Nothing is moved while it has a problem; each problem says what to do.
If the command is interrupted, run it again: no org and no account is created twice. The exit code
is 1 if an account was refused. docs/earlier-service.md says what becomes of everything.`

func importEarlierService(actions Actions, o *Options) *cobra.Command {
	var want EarlierRequest
	var slugs, into, owners, roles, actionNames []string
	command := &cobra.Command{
		Use:   earlier.Format + " [--earlier-env FILE] [--from URL] [--dry-run]",
		Short: "Move the orgs and accounts of the earlier service, which was written in Python",
		Long:  earlierLong,
		Example: "  sole import earlier-service --earlier-env old/.env --from postgres://app@127.0.0.1:5432/app --dry-run\n" +
			"  sole import earlier-service --earlier-env old/.env --slug acme-inc=acme --owner acme-inc=ann@example.org",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := want.read(slugs, into, owners, roles, actionNames); err != nil {
				return UsageError{Cause: err}
			}
			return actions.ImportEarlierService(cmd.Context(), *o, want)
		},
	}
	flags := command.Flags()
	flags.StringVar(&want.Source.URL, "from", "", "the database of the earlier service, without a password (that comes from PGPASSWORD)")
	flags.StringVar(&want.Source.EnvFile, "earlier-env", "", "the file of settings (.env) of the earlier service")
	flags.IntVar(&want.Source.Rounds, "kdf-rounds", 0, "rounds of PBKDF2 for its key (default 210000)")
	flags.BoolVar(&want.DryRun, "dry-run", false, "change nothing, and print the plan")
	flags.StringArrayVar(&want.Move.Only, "only", nil, "ID: move only the org with this id in the earlier service; can be given again")
	flags.StringArrayVar(&slugs, "slug", nil, "ID=SLUG: the slug that the org ID gets in this service; can be given again")
	flags.StringArrayVar(&into, "into", nil, "ID=ORG: move the accounts of the org ID into the existing org ORG; can be given again")
	flags.StringArrayVar(&owners, "owner", nil, "ID=ADDRESS: make the account with this address an owner of the org ID; can be given again")
	flags.StringArrayVar(&roles, "role", nil, "NAME=ROLE: accounts with the role NAME get the system role ROLE; can be given again")
	flags.StringArrayVar(&actionNames, "action", nil,
		"NAME=ACTION: the entry NAME of mfa_required_actions becomes ACTION; can be given again")
	flags.BoolVar(&want.Move.Operators, "superusers-become-operators", false,
		"make active superusers owners of the operators' org, who may change every org")
	flags.BoolVar(&want.Move.WithoutOwner, "without-owner", false, "also move orgs in which nobody would be an owner")
	flags.BoolVar(&want.Move.WithoutFactors, "without-authenticators", false, "move although no key opens the secrets of authenticator apps")
	flags.StringVar(&want.Report, "report", "",
		"write every account that is refused or loses something to this file: CSV if its name ends with .csv, otherwise one JSON object per line")
	complete(command, "role", domain.SystemRoles()...)
	return command
}

// read reads the flags of the form NAME=VALUE.
func (r *EarlierRequest) read(slugs, into, owners, roles, actionNames []string) (err error) {
	if r.Move.Slugs, err = pairs("slug", slugs); err != nil {
		return err
	}
	if r.Move.Into, err = pairs("into", into); err != nil {
		return err
	}
	if r.Move.Roles, err = pairs("role", roles); err != nil {
		return err
	}
	names, err := pairs("action", actionNames)
	if err != nil {
		return err
	}
	r.Move.Actions = map[string]domain.Action{}
	for name, action := range names {
		r.Move.Actions[name] = domain.Action(action)
	}
	r.Move.Owners = map[string][]string{}
	for _, text := range owners {
		pair, err := pairs("owner", []string{text})
		if err != nil {
			return err
		}
		for id, address := range pair {
			r.Move.Owners[id] = append(r.Move.Owners[id], address)
		}
	}
	return nil
}

// pairs reads texts of the form NAME=VALUE, in which the first = counts.
func pairs(flag string, texts []string) (map[string]string, error) {
	read := map[string]string{}
	for _, text := range texts {
		name, value, found := strings.Cut(text, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !found || name == "" || value == "" {
			return nil, fmt.Errorf("--%s must have the form NAME=VALUE: see `sole import earlier-service --help`", flag)
		}
		if _, twice := read[name]; twice {
			return nil, fmt.Errorf("--%s names %q twice", flag, name)
		}
		read[name] = value
	}
	return read, nil
}

// ImportEarlierService implements Actions.
func (c commands) ImportEarlierService(ctx context.Context, o Options, want EarlierRequest) error {
	return c.onMigrated(ctx, o, func(s *Service) (err error) {
		if err := want.Move.Check(); err != nil {
			return UsageError{Cause: Refusal(err)}
		}
		source, err := c.program.EarlierService(ctx, want.Source)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, source.Close(context.WithoutCancel(ctx))) }()
		report, err := openReport(want.Report)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, report.close()) }()
		run := earlierRun{commands: c, service: s, want: want, source: source, report: report}
		plan, err := run.plan(ctx)
		if err != nil {
			return err
		}
		if want.DryRun {
			c.printf("nothing was changed")
			return refusedRows(run.refused)
		}
		return run.move(ctx, plan)
	})
}
