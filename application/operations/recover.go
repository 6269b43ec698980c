package operations

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Recover creates an owner who can sign in for an org that has none. It is for the operator of the
// deployment.
type Recover struct {
	Store       port.Store
	Hasher      port.PasswordHasher
	NewPassword port.NewTemporaryPassword
	Clock       port.Clock
	NewID       port.NewID
}

// RecoverInput names the org and the account that becomes its owner. The account is created when
// the address has none.
type RecoverInput struct {
	Org        string // an id or a slug
	Email      string
	FullName   string // of a new account
	LostFactor bool   // the account is the only owner and has lost its second factor
	By         string // how the operator requested it, for the audit log
}

// RecoverResult holds the temporary password, which is shown this once.
type RecoverResult struct {
	Org      domain.Org
	User     domain.User
	Created  bool
	Password domain.Secret
}

// Execute makes the account an active owner with a temporary password and without a second
// factor, ends its sessions and notifies it by mail. Other owners stay as they are. It returns
// ErrOwnerUsable when the org has an owner who can sign in, unless the only such owner is the
// account itself and has lost its second factor.
func (uc Recover) Execute(ctx context.Context, in RecoverInput) (result RecoverResult, err error) {
	email, err := domain.ParseEmail(in.Email)
	if err != nil {
		return result, err
	}
	org, err := uc.Store.Platform().FindOrg(ctx, domain.OrgReference(in.Org))
	if err != nil {
		return result, err
	}
	err = uc.Store.ReadOrg(ctx, org.ID, func(tx port.OrgTx) error {
		_, _, err := uc.account(ctx, tx, email, in)
		return err
	})
	if err != nil {
		return result, err
	}
	password := uc.NewPassword()
	hash, err := uc.Hasher.Hash(ctx, password)
	if err != nil {
		return result, err
	}
	result = RecoverResult{Org: org, Password: password}
	err = uc.Store.InOrg(ctx, org.ID, func(tx port.OrgTx) error {
		result.User, result.Created, err = uc.recover(ctx, tx, email, in, hash)
		return err
	})
	return result, err
}

// account finds the account of the address, or drafts a new one. It returns ErrOwnerUsable when
// the org needs no recovery.
func (uc Recover) account(
	ctx context.Context, tx port.OrgTx, email domain.Email, in RecoverInput,
) (user domain.User, created bool, err error) {
	now := uc.Clock()
	user, err = tx.Users().ByEmail(ctx, email)
	if errors.Is(err, domain.ErrNotFound) {
		created = true
		user, err = domain.NewUser(domain.UserID(uc.NewID()), email, in.FullName, now)
	}
	if err != nil {
		return user, created, err
	}
	owners, err := tx.Roles().Owners(ctx)
	if err != nil {
		return user, created, err
	}
	lost := domain.UserID("")
	if in.LostFactor {
		lost = user.ID
	}
	if domain.AnyCanSignIn(owners, lost, now) {
		return user, created, domain.ErrOwnerUsable
	}
	return user, created, nil
}

func (uc Recover) recover(
	ctx context.Context, tx port.OrgTx, email domain.Email, in RecoverInput, hash domain.PasswordHash,
) (user domain.User, created bool, err error) {
	if _, err := tx.Org().Lock(ctx); err != nil {
		return user, created, err
	}
	if user, created, err = uc.account(ctx, tx, email, in); err != nil {
		return user, created, err
	}
	now := uc.Clock()
	user.Activate(now)
	user.SetPassword(hash, true, now)
	if created {
		err = tx.Users().Insert(ctx, user)
	} else {
		err = tx.Users().Update(ctx, user)
	}
	if err != nil {
		return user, created, err
	}
	if err := uc.own(ctx, tx, user); err != nil {
		return user, created, err
	}
	if err := uc.forget(ctx, tx, user); err != nil {
		return user, created, err
	}
	recovered := domain.Actor{}.Did(domain.EventOwnerRecovered, domain.OnAccount(user.ID), domain.Details{"by": in.By})
	return user, created, tx.Audit().Append(ctx, recovered.Stamp(uc.NewID(), now))
}

// own adds the owner role to the roles of the account.
func (uc Recover) own(ctx context.Context, tx port.OrgTx, user domain.User) error {
	held, err := tx.Roles().Of(ctx, user.ID)
	if err != nil || domain.IsOwner(held) {
		return err
	}
	all, err := tx.Roles().List(ctx)
	if err != nil {
		return err
	}
	owner, err := domain.FindRoles(all, []string{domain.RoleOwner})
	if err != nil {
		return err
	}
	var ids []domain.RoleID
	for _, role := range append(held, owner...) {
		ids = append(ids, role.ID)
	}
	return tx.Roles().Assign(ctx, user.ID, ids)
}

// forget removes every other way to sign in as the account, and notifies its address.
func (uc Recover) forget(ctx context.Context, tx port.OrgTx, user domain.User) error {
	now := uc.Clock()
	removal := proof.MFARemoval{User: user.ID, Device: domain.DevicePasswordReset, Session: domain.EndPasswordReset, At: now}
	if err := proof.RemoveMFA(ctx, tx, removal); err != nil {
		return err
	}
	if err := proof.VoidUnfinished(ctx, tx, user.ID); err != nil {
		return err
	}
	if err := (proof.Guesses{}).Forgive(ctx, tx, user); err != nil {
		return err
	}
	return tx.Emails().Send(ctx, domain.EmailMessage{Kind: domain.EmailPasswordChanged, To: user.Email, At: now})
}
