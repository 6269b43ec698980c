package authz

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// explainNeeds is what it requires to read all about the decisions of an org. Without it an account
// gets the redacted explanation of decisions about itself.
var explainNeeds = proof.Needs{Permission: domain.PermAuditRead}

// auditor reports whether the caller may read all about the decisions of their org.
func auditor(caller domain.Caller) bool { return explainNeeds.Check(caller) == nil }

// Explain explains a decision by the id that its refusal had.
type Explain struct {
	proof.Guard
	Decisions port.Decisions
}

// Execute returns the whole explanation to auditors of the decision's org, and a redacted one to the
// account that the decision is about. For other callers it returns ErrNotFound.
func (uc Explain) Execute(ctx context.Context, caller domain.Caller, id domain.DecisionID) (e Explanation, err error) {
	decision, err := uc.Decisions.Open(id, uc.Clock())
	if err != nil {
		return e, err
	}
	own := decision.User == caller.User.ID && !caller.ActingFor()
	switch {
	case decision.Org != caller.Org.ID:
		return e, domain.ErrNotFound
	case auditor(caller):
		err = uc.Read(ctx, caller, explainNeeds, func(tx proof.Unit) (err error) {
			e, err = whole(ctx, tx, decision)
			return err
		})
		return e, err
	case own:
		return redacted(decision), nil
	}
	return e, domain.ErrNotFound
}

// CheckPermission explains whether an account may use a permission now.
type CheckPermission struct{ proof.Guard }

// CheckPermissionInput names the permission and the account, by id or address, or a service account, by id; empty means the
// caller's own account.
type CheckPermissionInput struct {
	Permission domain.Permission
	Account    string
}

// Execute answers auditors about every account of their org, and every caller about their own
// account. For another account it returns ErrPermissionDenied.
func (uc CheckPermission) Execute(ctx context.Context, caller domain.Caller, in CheckPermissionInput) (e Explanation, err error) {
	if !in.Permission.Known() {
		return e, domain.Invalid("permission", "must be a known permission, such as member.read")
	}
	own := domain.CanonicalID(in.Account) == string(caller.User.ID) ||
		!caller.Service() && domain.TypedEmail(in.Account).Key() == caller.User.Email.Key()
	if in.Account == "" || own && !auditor(caller) {
		decision := caller.PermissionDecision(in.Permission)
		decision.At = uc.Clock()
		return redacted(decision), nil
	}
	err = uc.Read(ctx, caller, explainNeeds, func(tx proof.Unit) (err error) {
		e, err = check(ctx, tx, in, tx.Now)
		return err
	})
	return e, err
}

// check explains whether the account, or the service account, of the input, which is not empty, may use the permission.
func check(ctx context.Context, tx port.OrgTx, in CheckPermissionInput, now time.Time) (Explanation, error) {
	id, err := accountID(ctx, tx, in.Account)
	if err != nil {
		return Explanation{}, err
	}
	account, err := tx.Users().Standing(ctx, id)
	if errors.Is(err, domain.ErrNotFound) {
		account, err = tx.ServiceAccounts().Standing(ctx, domain.ServiceAccountID(id))
	}
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
