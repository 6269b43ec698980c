package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"
)

// ImportActions are the commands that import accounts of other systems.
type ImportActions interface {
	// Import imports the accounts of a file.
	Import(ctx context.Context, o Options, want ImportRequest) error
	// ImportFormats returns the names of the formats.
	ImportFormats() []string
}

// ImportRequest names a file of accounts, and says where and how they are imported.
type ImportRequest struct {
	File, Format string
	Org          string // an id or a slug; empty: the default org
	DryRun       bool
	Convert      bool   // print the accounts in the format sole instead
	Invite       bool   // invite the owners of accounts without a password
	AllowWeak    string // a date; empty: weak hashes are refused
	Roles        []string
	Parameters   string // a file; empty: none
	Report       string // a file; empty: none
}

const importLong = `Import the accounts of another system, with their passwords and authenticator apps.

Every row that cannot become an account is refused with the reason, and the others are created. The
exit code is 1 if a row was refused. --report writes what became of each row to a file.

If the command is interrupted, run it again with the same file, org and options: it continues, and
creates no account twice. The service may run meanwhile.

Accounts without a password get no mail unless --invite is given. The audit log records the import
and each account as created by this command. Rows may give any role of the org but those that
grant permissions of the platform.

docs/importing.md describes each format, and what cannot be taken along.`

func importAccounts(actions Actions, o *Options) *cobra.Command {
	var want ImportRequest
	formats := strings.Join(actions.ImportFormats(), ", ")
	command := &cobra.Command{
		Use:   "import --format NAME [--org ORG] [--dry-run] FILE",
		Short: "Import the accounts of another system, with their passwords and authenticator apps",
		Long:  importLong,
		Example: "  sole import --format keycloak --dry-run realm-export.json\n" +
			"  sole import --format keycloak --role \"realm-admin=admin\" --role \"*=\" --report result.csv realm-export.json",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			want.File = args[0]
			if err := want.check(); err != nil {
				return UsageError{Cause: err}
			}
			return actions.Import(cmd.Context(), *o, want)
		},
	}
	flags := command.Flags()
	flags.StringVar(&want.Format, "format", "", "what wrote the file: "+formats)
	flags.StringVar(&want.Org, "org", "", "the org: an id or a slug (with one org: that org)")
	flags.BoolVar(&want.DryRun, "dry-run", false, "change nothing, and report what would become of each row")
	flags.BoolVar(&want.Convert, "convert", false, "change nothing, and print the accounts in the format sole, with their hashes and secrets")
	flags.BoolVar(&want.Invite, "invite", false, "send an invitation to each account that has no password")
	flags.StringVar(&want.AllowWeak, "allow-weak", "", "accept weak password hashes until this date (YYYY-MM-DD), at most a year ahead")
	flags.StringArrayVar(&want.Roles, "role", nil,
		"NAME=ROLE: accounts with the role NAME in the file get ROLE; NAME= ignores it; *=ROLE is for all others; can be given again")
	flags.StringVar(&want.Parameters, "parameters", "", "a JSON file of parameters that the format needs, such as Firebase's hash parameters")
	flags.StringVar(&want.Report, "report", "",
		"write the result of each row to this file, as CSV if its name ends with .csv, otherwise as NDJSON")
	complete(command, "format", actions.ImportFormats()...)
	command.AddCommand(importEarlierService(actions, o))
	return command
}

// check returns what is wrong with the flags.
func (r ImportRequest) check() error {
	switch {
	case r.Format == "":
		return errors.New("give --format, the system that wrote the file")
	case r.DryRun && r.Convert:
		return errors.New("give --dry-run or --convert, not both")
	case r.Convert && (r.Report != "" || r.Invite):
		return errors.New("--convert imports nothing: leave --report and --invite out")
	}
	return nil
}
