package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
)

// AuditActions is what the commands on the audit log do.
type AuditActions interface {
	AuditVerify(ctx context.Context, o Options, in AuditVerification) error
	AuditSeal(ctx context.Context, o Options) error
	AuditSeals(ctx context.Context, o Options, org string) error
	AuditKeys(ctx context.Context, o Options) error
}

// AuditVerification says what is to be verified, and by what.
type AuditVerification struct {
	Org    string // an id or slug; empty: every org
	Since  string // a seal's token, or @ and the name of a file that holds it
	Events string // an export; empty: the database
	Seals  string
	JWKS   string // the keys to trust; empty: the service's
}

func audit(actions Actions, run runner, o *Options) *cobra.Command {
	parent := group("audit", "Verify the audit log, and print its seals and keys", "verify, seal, seals or keys")
	var org string
	seals := &cobra.Command{
		Use: "seals", Short: "Print the seals, one JSON object per line", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return actions.AuditSeals(cmd.Context(), *o, org)
		},
	}
	seals.Flags().StringVar(&org, "org", "", "of this org only (id or slug)")
	parent.AddCommand(
		verify(actions, o),
		run("seal", "Seal all unsealed events now", actions.AuditSeal),
		seals,
		run("keys", "Print every public key that signed a seal, as a JWKS to store elsewhere", actions.AuditKeys),
	)
	return parent
}

func verify(actions Actions, o *Options) *cobra.Command {
	var in AuditVerification
	command := &cobra.Command{
		Use: "verify", Short: "Prove that the events are those that were sealed, or name the first that is not", Args: exactly(0),
		Long: "Prove that the events are those that were sealed, or name the first that is not:\n" +
			"changed, removed, inserted or reordered, or from where on the newest were cut off.\n" +
			"It ends with 0 when all holds, 1 when it does not or cannot be told, and 2 for a mistake in the command line.\n" +
			"With --events, --seals and --jwks it needs no database and no configuration.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if offline := in.Events != "" || in.Seals != ""; offline && (in.Events == "" || in.Seals == "" || in.JWKS == "") {
				return UsageError{Cause: errors.New("--events, --seals and --jwks belong together")}
			}
			return actions.AuditVerify(cmd.Context(), *o, in)
		},
	}
	flags := command.Flags()
	flags.StringVar(&in.Org, "org", "", "of this org only (id or slug; id with --events)")
	flags.StringVar(&in.Since, "since", "", "a seal that must be in the chain: its token from the audit log stream, or @FILE")
	flags.StringVar(&in.Events, "events", "", "an export of all events as NDJSON, instead of the database")
	flags.StringVar(&in.Seals, "seals", "", "the seals: what \"sole audit seals\" printed, or lines of the audit log stream")
	flags.StringVar(&in.JWKS, "jwks", "", "the keys to trust, instead of those that the service has")
	return command
}
