package authz

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Explain tells how a decision came about, by the id that came with it.
type Explain struct {
	Store     port.Store
	Decisions port.Decisions
	Clock     port.Clock
}

// Execute tells auditors all about decisions in their org, and an account the redacted part
// of those about itself. To anyone else there is no such decision: ErrNotFound.
func (uc Explain) Execute(ctx context.Context, caller domain.Caller, id domain.DecisionID) (e Explanation, err error) {
	decision, err := uc.Decisions.Open(id, uc.Clock())
	if err != nil {
		return e, err
	}
	own := decision.User == caller.User.ID && !caller.ActingFor()
	switch {
	case decision.Org != caller.Org.ID:
		return e, domain.ErrNotFound
	case caller.Can(domain.PermAuditRead):
		err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
			e, err = whole(ctx, tx, decision)
			return err
		})
		return e, err
	case own:
		return redacted(decision), nil
	}
	return e, domain.ErrNotFound
}

// Foresee tells what would be decided if an account used a permission now.
type Foresee struct {
	Store port.Store
	Clock port.Clock
}

// ForeseeInput names the permission and the account, by id or address; empty means the caller's own.
type ForeseeInput struct {
	Permission domain.Permission
	Account    string
}

// Execute tells auditors about every account of their org, and anyone about their own.
// Other accounts are ErrPermissionDenied.
func (uc Foresee) Execute(ctx context.Context, caller domain.Caller, in ForeseeInput) (e Explanation, err error) {
	if !in.Permission.Known() {
		return e, domain.Invalid("query.permission", "must be a permission of the catalogue: see GET /permissions")
	}
	own := domain.CanonicalID(in.Account) == string(caller.User.ID) || domain.TypedEmail(in.Account).Key() == caller.User.Email.Key()
	if in.Account == "" || own && !caller.Can(domain.PermAuditRead) {
		decision := caller.PermissionDecision(in.Permission)
		decision.At = uc.Clock()
		return redacted(decision), nil
	}
	if !caller.Can(domain.PermAuditRead) {
		return e, domain.ErrPermissionDenied.Because(caller.PermissionDecision(domain.PermAuditRead))
	}
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
		e, err = foreseen(ctx, tx, in, uc.Clock())
		return err
	})
	return e, err
}

func foreseen(ctx context.Context, tx port.OrgTx, in ForeseeInput, now time.Time) (Explanation, error) {
	id, err := accountID(ctx, tx, in.Account)
	if err != nil {
		return Explanation{}, err
	}
	account, err := tx.Users().Standing(ctx, id)
	if err != nil {
		return Explanation{}, err
	}
	decision := account.PermissionDecision(in.Permission)
	decision.At = now
	return whole(ctx, tx, decision)
}

// accountID finds an account of the org by its id or address. Text that is neither is ErrNotFound.
func accountID(ctx context.Context, tx port.OrgTx, idOrAddress string) (domain.UserID, error) {
	if id, err := domain.ParseID[domain.UserID](idOrAddress); err == nil {
		return id, nil
	}
	email, err := domain.ParseEmail(idOrAddress)
	if err != nil {
		return "", domain.ErrNotFound
	}
	user, err := tx.Users().ByEmail(ctx, email)
	return user.ID, err
}
