package cli

import (
	"errors"

	"github.com/spf13/cobra"
)

// RecoverRequest names the org and the account that becomes its owner.
type RecoverRequest struct {
	Org        string // an id or a slug; empty: the default org
	Email      string
	FullName   string // of a new account
	LostFactor bool
}

func recovery(actions Actions, o *Options) *cobra.Command {
	var want RecoverRequest
	command := &cobra.Command{
		Use:   "recover [--org ORG] --email ADDRESS",
		Short: "Make an account the owner of an org that has no usable owner, and print its temporary password once",
		Long: `Make an account the owner of an org that has no usable owner, and print its temporary password once.

An owner is usable if the account is active and its password is not an expired temporary one. If
the org has no usable owner, the account with the address becomes an active owner; it is created
if it does not exist. Its temporary password is printed once and works for three days. Its second
factor is removed, its sessions end, and it enrols a new factor at the first sign-in. The recovery
is recorded in the audit log.`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if want.Email == "" {
				return UsageError{Cause: errors.New("give --email, the address of the account that becomes the owner")}
			}
			return actions.Recover(cmd.Context(), *o, want)
		},
	}
	command.Flags().StringVar(&want.Org, "org", "", "the org: an id or a slug (default: the default org)")
	command.Flags().StringVar(&want.Email, "email", "", "the address of the account that becomes the owner")
	command.Flags().StringVar(&want.FullName, "full-name", "Owner", "the name of the account if it is created")
	command.Flags().BoolVar(&want.LostFactor, "lost-factor", false, "the account is the only usable owner and has lost its second factor")
	return command
}
