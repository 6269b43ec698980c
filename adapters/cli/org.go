package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
)

// OrgActions are the commands that move an org to another deployment.
type OrgActions interface {
	OrgReceiveKey(ctx context.Context, o Options) error
	OrgExport(ctx context.Context, o Options, want OrgExportRequest) error
	OrgImport(ctx context.Context, o Options, want OrgImportRequest) error
}

// OrgExportRequest names an org, the public key of the deployment that receives it, and a file.
type OrgExportRequest struct {
	Org, To string
	File    string // empty: a dated name in the current folder
	Suspend bool
}

// OrgImportRequest names a file and says how its org is imported.
type OrgImportRequest struct {
	File        string
	Slug, From  string
	NewID       bool
	BrokenAudit bool
	Yes         bool // import without asking
}

func orgCommand(actions Actions, run runner, o *Options) *cobra.Command {
	parent := group("org", "Move an org to another deployment", "receive-key, export or import")
	key := run("receive-key", "Print the public key that an org is exported to, so that this deployment can import it", actions.OrgReceiveKey)
	key.Long = key.Short + ".\n\nThe key is no secret. It is derived from SECRET_KEY and stays the same until that is replaced."
	parent.AddCommand(key, exportOrg(actions, o), importOrg(actions, o))
	return parent
}

func exportOrg(actions Actions, o *Options) *cobra.Command {
	var want OrgExportRequest
	command := &cobra.Command{
		Use: "export ORG --to KEY [FILE]", Short: "Write an org to a file that only another deployment can read",
		Long: `Write an org to a file that only another deployment can read.

ORG is an id or a slug. ` + "`sole org receive-key`" + ` prints the key of the other deployment. The file holds
the accounts with their password hashes and second factors, roles, settings, devices, service
accounts with their keys, files, webhooks and the audit log.
The org stays as it is. With --suspend it is suspended first, so that nobody signs in or changes
anything any more, and the file holds the last state. The operators' own org cannot be suspended:
stop the service instead, export, and leave it stopped.`,
		Example: "  sole org export acme --to age1... --suspend acme.soleorg",
		Args:    oneOrTwo,
		RunE: func(cmd *cobra.Command, args []string) error {
			if want.To == "" {
				return UsageError{Cause: errors.New("give --to, the key that `sole org receive-key` prints at the receiving deployment")}
			}
			if want.Org = args[0]; len(args) > 1 {
				want.File = args[1]
			}
			return actions.OrgExport(cmd.Context(), *o, want)
		},
	}
	command.Flags().StringVar(&want.To, "to", "", "the public key of the receiving deployment")
	command.Flags().BoolVar(&want.Suspend, "suspend", false, "suspend the org first: its accounts cannot sign in here any more")
	return command
}

func oneOrTwo(cmd *cobra.Command, args []string) error {
	return exactly(min(max(len(args), 1), 2))(cmd, args)
}

func importOrg(actions Actions, o *Options) *cobra.Command {
	var want OrgImportRequest
	command := &cobra.Command{
		Use: "import FILE", Short: "Show what importing an exported org would do, and import it", Args: exactly(1),
		Long: `Show what importing an exported org would do, and import it as a new org after an answer at the
terminal, or with --yes. The file is read whole and checked before anything is stored, and the import
stores everything or nothing.

Compare the signing key in the plan with the one that the export printed: whoever has the public key
of this deployment can make a file. --from KEY compares it and refuses any other.`,
		Example: "  sole org import acme.soleorg\n  sole org import acme.soleorg --from KEY --slug acme-2 --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			want.File = args[0]
			return actions.OrgImport(cmd.Context(), *o, want)
		},
	}
	flags := command.Flags()
	flags.StringVar(&want.Slug, "slug", "", "the slug of the org here (default: the one in the file)")
	flags.StringVar(&want.From, "from", "", "the id of the key that must have signed the file, as the export printed it")
	flags.BoolVar(&want.NewID, "new-id", false,
		"give the org a new id, because its id is taken here: API keys and remembered devices are then left out")
	flags.BoolVar(&want.BrokenAudit, "accept-broken-audit", false, "import an audit log that cannot be verified, as it is")
	flags.BoolVar(&want.Yes, "yes", false, "import without asking")
	return command
}
