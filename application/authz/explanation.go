package authz

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Explanation is a decision with the facts and changes that led to it.
type Explanation struct {
	domain.Decision
	Ruling     domain.Ruling
	Facts      []domain.Fact // the ones that the rules used
	Decider    string        // the setting or fact that decided
	LastChange *LastChange   // of the decider; nil when the audit log has none
	Smallest   []domain.Change
	ByOthers   []domain.Change // the smallest changes that need nothing from the account itself; may be empty
	BoundedBy  *Bound          // for a decision about a service account; nil for others
	Redacted   bool            // as shown to the account that it is about
}

// LastChange is the last change of the setting or fact that decided, and the account that made it.
type LastChange struct {
	Event   domain.AuditEvent
	Address domain.Email // of the actor; empty when the account was removed
	Values  string       // "before -> after", of a setting
}

// redacted returns the explanation for the account that the decision is about: without the last
// change, and without facts about other accounts.
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

// whole returns the explanation for auditors, with the last change.
func whole(ctx context.Context, tx port.OrgTx, d domain.Decision) (e Explanation, err error) {
	e = explained(d)
	about, program, err := serviceOf(ctx, tx, d)
	if err != nil {
		return e, err
	}
	if program {
		e.BoundedBy = &about.bound
	}
	histories, err := historiesOf(ctx, tx, d, about.Roles)
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
	if event.Actor == "" || event.Origin.HomeOrg != "" || event.ActorType != domain.ActorPerson {
		return e, nil
	}
	actor, err := tx.Users().Get(ctx, event.Actor)
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return e, err
	}
	e.LastChange.Address = actor.Email
	return e, nil
}

// historiesOf returns where the audit log has the changes of the decider. What an account may do also
// changes with the permissions of its roles. held are the roles of a service account.
func historiesOf(ctx context.Context, tx port.OrgTx, d domain.Decision, held []domain.Role) ([]domain.History, error) {
	history, ok := d.History()
	if !ok {
		return nil, nil
	}
	histories := []domain.History{history}
	if d.Decider() != domain.FactRoles {
		return histories, nil
	}
	roles, err := tx.Roles().Of(ctx, d.User)
	for _, role := range append(roles, held...) {
		if !role.System {
			histories = append(histories, role.History())
		}
	}
	return histories, err
}
