package cli

import (
	"errors"

	"github.com/spf13/cobra"
)

// ExplainQuery is the id of a decision; or an account and a permission, in an org.
type ExplainQuery struct {
	ID         string
	Permission string
	Account    string // an id or an address
	Org        string // an id or a slug; empty: the default org
}

func explain(actions Actions, o *Options) *cobra.Command {
	var q ExplainQuery
	command := &cobra.Command{
		Use:   "explain [DECISION_ID]",
		Short: "Explain a decision or check a permission, and name the smallest change that reverses the result",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			foreseen := q.Permission != "" || q.Account != "" || q.Org != ""
			switch {
			case foreseen && len(args) > 0:
				return UsageError{Cause: errors.New("give a decision's id, or --permission and --account, not both")}
			case foreseen && (q.Permission == "" || q.Account == ""):
				return UsageError{Cause: errors.New("give both --permission and --account")}
			case !foreseen:
				if err := exactly(1)(cmd, args); err != nil {
					return err
				}
				q.ID = args[0]
			}
			return actions.Explain(cmd.Context(), *o, q)
		},
	}
	command.Flags().StringVar(&q.Permission, "permission", "", "the permission to check, such as member.read")
	command.Flags().StringVar(&q.Account, "account", "", "the account: an id or an address")
	command.Flags().StringVar(&q.Org, "org", "", "the org: an id or a slug (default: the default org)")
	return command
}
