package bootstrap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/domain"
)

// Explain implements cli.Actions.
func (c commands) Explain(ctx context.Context, o cli.Options, q cli.ExplainQuery) (err error) {
	app, err := c.open(o, c.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	inspect := authz.Inspect{Store: app.Store, Decisions: app.decisions, Clock: app.clock}
	e, err := inspect.Execute(ctx, authz.InspectInput{
		ID: domain.DecisionID(q.ID), Permission: domain.Permission(q.Permission), Account: q.Account, Org: cmp.Or(q.Org, string(app.Config.DefaultOrgID)),
	})
	failure, known := errors.AsType[*domain.Error](err)
	switch {
	case errors.Is(err, domain.ErrUnavailable):
		return err // with its cause
	case errors.Is(err, domain.ErrNotFound) && q.ID != "":
		return errors.New("this is no decision of this service, or it is older than thirty days, or SECRET_KEY was replaced since")
	case errors.Is(err, domain.ErrNotFound):
		return errors.New("the org has no such account")
	case known && len(failure.Fields) > 0:
		return fmt.Errorf("--%s %s", failure.Fields[0].Location, failure.Fields[0].Message)
	case known:
		return errors.New(failure.Message)
	case err != nil:
		return err
	}
	c.tell(e)
	return nil
}

// tell prints an explanation for people.
func (c commands) tell(e authz.Explanation) {
	c.say("%s: %s, decided %s, about %s, policy version %d", e.Question.Kind(), e.Ruling.Outcome, e.At.Format(time.RFC3339), cmp.Or(string(e.User), "nobody known"), e.PolicyVersion)
	c.say("\nrules, in order")
	for _, reason := range e.Ruling.Reasons {
		c.say("  %-3s  %-62s %s", map[bool]string{true: "yes", false: "no"}[reason.Satisfied], reason.Rule, reason.Decider)
	}
	c.say("\nfacts")
	for _, fact := range e.Facts {
		c.say("  %-28s %s", fact.Name, factText(fact.Value))
	}
	c.say("\ndecided by %s", cmp.Or(e.Decider, "several facts together"))
	if e.LastChange != nil {
		c.say("  %s", changeText(*e.LastChange))
	}
	c.tellChanges("smallest change that reverses the result", e.Smallest)
	c.tellChanges("smallest change by others only", e.ByOthers)
}

func (c commands) tellChanges(title string, changes []domain.Change) {
	c.say("\n%s", title)
	if len(changes) == 0 {
		c.say("  none")
	}
	for _, change := range changes {
		c.say("  %s: %s", change.Reach.By(), change.What)
	}
}

func changeText(change authz.LastChange) string {
	text := string(change.Event.Name)
	if change.Values != "" {
		text = change.Values
	}
	actor := cmp.Or(string(change.Address), string(change.Event.Actor), "the service")
	return fmt.Sprintf("last changed %s by %s: %s", change.Event.At.Format(time.RFC3339), actor, text)
}

// factText prints an instant that has not come, and no text, as a dash.
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
