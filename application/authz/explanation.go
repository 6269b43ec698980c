package authz

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Explanation is a decision, and all that led to it.
type Explanation struct {
	domain.Decision
	Ruling     domain.Ruling
	Facts      []domain.Fact // those that the rules looked at
	Decider    string        // the setting or fact that settled it
	LastChange *LastChange   // of what settled it; nil when the audit log tells of none
	Smallest   []domain.Change
	ByOthers   []domain.Change // the smallest that leaves the account itself nothing to do; perhaps none
	Redacted   bool            // told to the account it is about, without what is for auditors
}

// LastChange is who last changed what settled a decision.
type LastChange struct {
	Event   domain.AuditEvent
	Address domain.Email // of the actor, where the account is still there
	Values  string       // "before -> after", of a setting
}

// redacted tells an account how a decision about itself came about: not who changed what,
// nor what is known of others.
func redacted(d domain.Decision) Explanation {
	e := explained(d)
	e.Redacted = true
	if d.Question.Kind() == domain.DecisionRank {
		e.Facts = nil
	}
	return e
}

func explained(d domain.Decision) Explanation {
	return Explanation{
		Decision: d, Ruling: d.Ruling(), Facts: d.Facts(), Decider: d.Decider(),
		Smallest: d.SmallestChange(), ByOthers: d.SmallestChangeByOthers(),
	}
}

// whole also tells who last changed what settled it.
func whole(ctx context.Context, tx port.OrgTx, d domain.Decision) (e Explanation, err error) {
	e = explained(d)
	histories, err := told(ctx, tx, d)
	if err != nil {
		return e, err
	}
	for _, history := range histories {
		event, err := tx.Audit().Last(ctx, history)
		if errors.Is(err, domain.ErrNotFound) {
			continue
		}
		if err != nil {
			return e, err
		}
		if e.LastChange == nil || event.At.After(e.LastChange.Event.At) {
			e.LastChange = &LastChange{Event: event, Values: event.Details[history.Detail]}
		}
	}
	if e.LastChange == nil {
		return e, nil
	}
	event := e.LastChange.Event
	if event.Actor == "" || event.Origin.HomeOrg != "" {
		return e, nil
	}
	actor, err := tx.Users().Get(ctx, event.Actor)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return e, err
	}
	e.LastChange.Address = actor.Email
	return e, nil
}

// told is where the log tells of changes of what settled it. What an account may do changes
// with what its roles grant, too.
func told(ctx context.Context, tx port.OrgTx, d domain.Decision) ([]domain.History, error) {
	history, ok := d.History()
	if !ok {
		return nil, nil
	}
	histories := []domain.History{history}
	if d.Decider() != domain.FactRoles {
		return histories, nil
	}
	roles, err := tx.Roles().Of(ctx, d.User)
	for _, role := range roles {
		if !role.System {
			histories = append(histories, role.History())
		}
	}
	return histories, err
}
