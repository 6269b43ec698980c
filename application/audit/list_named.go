package audit

import (
	"cmp"
	"context"
	"errors"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ListNamed is List for people: they name an account by its address, and read names instead of ids.
type ListNamed struct{ proof.Guard }

// ListNamedInput is ListInput, whose filter selects the events of an account if Actor has its id or its address.
type ListNamedInput struct {
	ListInput
	Actor string
}

// NamedEvents is a page of events, with the names of the resources that they and the filter name.
type NamedEvents struct {
	Events []domain.AuditEvent
	More   bool
	Filter domain.AuditFilter // with the account that Actor names
	Names  domain.Names
}

var errNoSuchActor = domain.Invalid("actor_id", "must be the id or the address of an account")

// Execute returns the errors of List, and ErrInvalid for an unknown address.
func (uc ListNamed) Execute(ctx context.Context, caller domain.Caller, in ListNamedInput) (page NamedEvents, err error) {
	err = uc.ReadAndRecord(ctx, caller, ListNeeds, func(tx proof.Unit) (err error) {
		page = NamedEvents{Filter: in.Filter}
		if page.Filter.Actor, err = actor(ctx, tx, in.Actor); err != nil {
			return err
		}
		if err := page.Filter.Check(); err != nil {
			return err
		}
		if page.Events, err = tx.Audit().List(ctx, page.Filter, in.After, in.Limit+1); err != nil {
			return err
		}
		if page.More = len(page.Events) > in.Limit; page.More {
			page.Events = page.Events[:in.Limit]
		}
		if page.Names, err = namesIn(ctx, tx, page.Filter, page.Events...); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventAuditRead, domain.OnAuditLog(), page.Filter.Details())
	})
	return page, err
}

// actor returns the account that a person names by its id or its address. Whoever may not see accounts can only use ids.
func actor(ctx context.Context, tx proof.Unit, typed string) (domain.UserID, error) {
	if id := domain.CanonicalID(typed); typed == "" || domain.IsID(id) {
		return domain.UserID(id), nil
	}
	if !tx.Caller.Can(domain.PermMemberRead) {
		return "", errNoSuchActor
	}
	account, err := tx.Users().ByEmail(ctx, domain.TypedEmail(typed))
	if errors.Is(err, domain.ErrNotFound) {
		return "", errNoSuchActor
	}
	return account.ID, err
}

// namesIn returns the names that the caller may see of what the filter and the events name.
func namesIn(ctx context.Context, tx proof.Unit, filter domain.AuditFilter, events ...domain.AuditEvent) (domain.Names, error) {
	visible := map[string]bool{
		"account": tx.Caller.Can(domain.PermMemberRead), "role": tx.Caller.Can(domain.PermRoleRead), "file": tx.Caller.Can(domain.PermFileRead),
		"service_account": tx.Caller.Can(domain.PermServiceAccountRead),
	}
	self := tx.Caller.AccountResource()
	seen := map[domain.Resource]bool{self: true} // whose name is known
	var wanted []domain.Resource
	want := func(on domain.Resource) {
		if visible[on.Type] && on.ID != "" && !seen[on] {
			seen[on], wanted = true, append(wanted, on)
		}
	}
	want(domain.OnAccount(filter.Actor))
	want(domain.OnServiceAccount(domain.ServiceAccountID(filter.Actor)))
	want(domain.Resource{Type: filter.ResourceType, ID: filter.ResourceID})
	for _, event := range events {
		if event.Origin.HomeOrg == "" {
			want(event.ActorResource())
		}
		want(event.On())
	}
	names, err := tx.Names().Of(ctx, wanted)
	if err == nil && !tx.Caller.ActingFor() {
		names[self] = cmp.Or(tx.Caller.User.FullName, string(tx.Caller.User.Email))
	}
	return names, err
}
