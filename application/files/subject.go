package files

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// What pictures require of their caller. Members see, set and remove their own avatar and see the
// logo of their org without a permission.
var (
	MemberAvatarNeeds = proof.Needs{Permission: domain.PermMemberRead} // to see the avatar of any account
	ChangeLogoNeeds   = proof.Needs{Permission: domain.PermOrgUpdate}  // to set or remove the logo
)

// Subject is the owner of a picture: an account of its avatar or, without an account, the org of
// its logo.
type Subject struct{ Account domain.UserID }

// Kind returns the kind of the picture.
func (s Subject) Kind() domain.FileKind {
	if s.Account == "" {
		return domain.FileLogo
	}
	return domain.FileAvatar
}

// changeNeeds is what it requires to set or remove the picture.
func (s Subject) changeNeeds() proof.Needs {
	if s.Account == "" {
		return ChangeLogoNeeds
	}
	return proof.OwnAccount
}

// readNeeds is what it requires to see the picture.
func (s Subject) readNeeds(caller domain.Caller) proof.Needs {
	switch {
	case s.Account == "":
		return proof.SignedIn
	case s.Account == caller.User.ID && !caller.ActingFor() && !caller.Service():
		return proof.OwnAccount
	}
	return MemberAvatarNeeds
}

// record appends the event of an avatar, or of a logo.
func (s Subject) record(ctx context.Context, tx proof.Unit, avatar, logo domain.EventName, picture domain.File) error {
	if s.Account != "" {
		return tx.Record(ctx, avatar, domain.OnAccount(s.Account), details(picture))
	}
	return tx.Record(ctx, logo, domain.OnOrg(tx.Caller.Org.ID), details(picture))
}

// requireEditable returns ErrProfileFixed for the avatar of an account when its org does not let
// members edit their profiles, and ErrAccountSuspended when the account is suspended. It reads both
// again inside the unit, because an upload can take long. A logo needs a permission instead,
// which the unit has checked.
func (s Subject) requireEditable(ctx context.Context, tx proof.Unit) error {
	if s.Account == "" {
		return nil
	}
	standing, err := tx.Users().Standing(ctx, s.Account)
	if err != nil {
		return err
	}
	if !standing.User.Active() {
		return domain.ErrAccountSuspended
	}
	return standing.MayEditProfile()
}

// mayEdit returns ErrNotFound for the avatar of another account, and ErrProfileFixed for an avatar
// when the org does not let its members edit their profiles.
func mayEdit(caller domain.Caller, of Subject) error {
	switch of.Account {
	case "":
		return nil
	case caller.User.ID:
		return caller.MayEditProfile()
	}
	return domain.ErrNotFound
}
