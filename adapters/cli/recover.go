package cli

import (
	"errors"

	"github.com/spf13/cobra"
)

// RecoverRequest names the org and the account that is to own it.
type RecoverRequest struct {
	Org        string // an id or a slug; empty: the default org
	Email      string
	FullName   string // of a new account
	LostFactor bool
}

func recovery(actions Actions, o *Options) *cobra.Command {
	var want RecoverRequest
	command := &cobra.Command{
		Use:   "recover --org ORG --email ADDRESS",
		Short: "Give an org without a usable owner one again, and print a temporary password once",
		Long: `Give an org without a usable owner one again, and print a temporary password once.

An owner is usable when the account is active and has a password that is not an expired
temporary one. Without any, the account of the address becomes an active owner, or is
created. It gets a temporary password, which is printed once and works for three days; its
second factor is removed, its sessions end, and it enrols a new factor at the first sign-in.
The recovery is an audit event.`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if want.Email == "" {
				return UsageError{Cause: errors.New("give --email, the address of the account that is to own the org")}
			}
			return actions.Recover(cmd.Context(), *o, want)
		},
	}
	command.Flags().StringVar(&want.Org, "org", "", "the org: an id or a slug (default: the default org)")
	command.Flags().StringVar(&want.Email, "email", "", "the address of the account that is to own the org")
	command.Flags().StringVar(&want.FullName, "full-name", "Owner", "the name of the account, when it is created")
	command.Flags().BoolVar(&want.LostFactor, "lost-factor", false, "the account is the only usable owner and has lost its second factor")
	return command
}
