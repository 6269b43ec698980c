package cli

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/sole-platform/sole/application/operations"
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
		Example: "  sole recover --org acme --email ann@example.org",
		Args:    exactly(0),
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

// Recover implements Actions.
func (c commands) Recover(ctx context.Context, o Options, want RecoverRequest) error {
	return c.onService(ctx, o, func(s *Service) error {
		result, err := s.Operations.Recover.Execute(ctx, operations.RecoverInput{
			Org:        cmp.Or(want.Org, string(s.DefaultOrg)),
			Email:      want.Email,
			FullName:   want.FullName,
			LostFactor: want.LostFactor,
			By:         "sole recover",
		})
		if err != nil {
			return Refusal(err)
		}
		done := "made %s an owner of %s, with the temporary password %s"
		if result.Created {
			done = "created the owner %s of %s, with the temporary password %s"
		}
		c.printf(done, result.User.Email, result.Org.Name, result.Password.Reveal())
		c.printf("it is shown only once, works for three days, and must be changed at the first sign-in, which also enrols a second factor")
		if !result.Org.Active() {
			c.printf("the org is suspended: nobody can sign in until a platform operator activates it")
		}
		return nil
	})
}
