package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/domain"
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
		Example: "  sole explain dec_...\n" +
			"  sole explain --permission member.read --account ann@example.org --org acme",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			checks := q.Permission != "" || q.Account != "" || q.Org != ""
			switch {
			case checks && len(args) > 0:
				return UsageError{Cause: errors.New("give a decision's id, or --permission and --account, not both")}
			case checks && (q.Permission == "" || q.Account == ""):
				return UsageError{Cause: errors.New("give both --permission and --account")}
			case !checks:
				if err := exactly(1)(cmd, args); err != nil {
					return err
				}
				q.ID = args[0]
			}
			return actions.Explain(cmd.Context(), *o, q)
		},
	}
	command.Flags().StringVar(&q.Permission, "permission", "", "the permission to check, such as member.read")
	command.Flags().StringVar(&q.Account, "account", "", "the account: an id or an address; or the id of a service account")
	command.Flags().StringVar(&q.Org, "org", "", "the org: an id or a slug (default: the default org)")
	return command
}

// Explain implements Actions.
func (c commands) Explain(ctx context.Context, o Options, q ExplainQuery) error {
	return c.onService(ctx, o, func(s *Service) error {
		e, err := s.Explain.Execute(ctx, authz.InspectInput{
			ID:         domain.DecisionID(q.ID),
			Permission: domain.Permission(q.Permission),
			Account:    q.Account,
			Org:        cmp.Or(q.Org, string(s.DefaultOrg)),
		})
		if err != nil {
			return explainFailure(err, q)
		}
		c.printExplanation(e)
		return nil
	})
}

// explainFailure names what was not found.
func explainFailure(err error, q ExplainQuery) error {
	switch {
	case errors.Is(err, domain.ErrNotFound) && q.ID != "":
		return errors.New("this is not the id of a decision of this service; or it is older than thirty days, or SECRET_KEY was replaced since")
	case errors.Is(err, domain.ErrNotFound):
		return errors.New("the org has no such account: give the id or the address of one")
	}
	return Refusal(err)
}

func (c commands) printExplanation(e authz.Explanation) {
	c.printf("%s: %s, decided %s, about %s, policy version %d", e.Question.Kind(), e.Ruling.Outcome, e.At.Format(time.RFC3339),
		cmp.Or(string(e.User), "no known account"), e.PolicyVersion)
	c.printf("\nrules, in order")
	for _, reason := range e.Ruling.Reasons {
		c.printf("  %-3s  %-62s %s", map[bool]string{true: "yes", false: "no"}[reason.Satisfied], reason.Rule, deciderText(reason.Decider))
	}
	c.printf("\nfacts")
	for _, fact := range e.Facts {
		c.printf("  %-28s %s", deciderText(fact.Name), factText(fact.Value))
	}
	c.printf("\ndecided by %s", cmp.Or(deciderText(e.Decider), "several facts together"))
	if by := e.BoundedBy; by != nil {
		c.printf("  %s", boundText(*by))
	}
	if e.LastChange != nil {
		c.printf("  %s", changeText(*e.LastChange))
	}
	c.printChanges("smallest change that reverses the result", e.Smallest)
	c.printChanges("smallest change by others only", e.ByOthers)
}

func (c commands) printChanges(title string, changes []domain.Change) {
	c.printf("\n%s", title)
	if len(changes) == 0 {
		c.printf("  none")
	}
	for _, change := range changes {
		c.printf("  %s: %s", change.Reach.By(), change.What)
	}
}

// boundText says who bounds what a service account can do.
func boundText(by authz.Bound) string {
	switch {
	case by.Address == "":
		return "bounded by an account that was removed: the service account can do nothing until somebody chooses its roles again"
	case !by.Active:
		return fmt.Sprintf("bounded by %s, whose account is suspended: the service account can do nothing", by.Address)
	}
	return fmt.Sprintf("bounded by what %s can do, who chose its roles", by.Address)
}

func changeText(change authz.LastChange) string {
	text := string(change.Event.Name)
	if change.Values != "" {
		text = change.Values
	}
	actor := cmp.Or(string(change.Address), string(change.Event.Actor), "the service")
	return fmt.Sprintf("last changed %s by %s: %s", change.Event.At.Format(time.RFC3339), actor, text)
}

// deciderText returns the name of a fact or decider. A setting of the service has the name of its environment variable.
func deciderText(name string) string {
	if setting, ok := domain.ServiceSetting(name); ok {
		return strings.ToUpper(setting)
	}
	return name
}

// factText formats a value. The zero time and an empty text become a dash.
func factText(value any) string {
	text := fmt.Sprint(value)
	if at, ok := value.(time.Time); ok {
		text = at.Format(time.RFC3339Nano)
		if at.IsZero() {
			text = ""
		}
	}
	return cmp.Or(text, "-")
}
