package platform

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// CreateOrgNeeds is what CreateOrg requires of its caller.
var CreateOrgNeeds = proof.Needs{Permission: domain.PermPlatformManage, Action: domain.ActionOrgManage}

// CreateOrg creates an org with its settings, the system roles and a first owner.
type CreateOrg struct {
	proof.Guard
	Hasher      port.PasswordHasher
	NewPassword port.NewTemporaryPassword
}

// CreateOrgInput names the org and its first owner.
type CreateOrgInput struct {
	Name, Slug            string
	OwnerEmail, OwnerName string
}

// CreateOrgResult is the new org, its owner and the owner's temporary password, of which only the
// hash is stored.
type CreateOrgResult struct {
	Org      domain.Org
	Owner    domain.User
	Password domain.Secret
}

// Execute returns ErrSlugTaken for a slug in use. The owner must change the password at the first
// sign-in, and enroll a second factor.
func (uc CreateOrg) Execute(ctx context.Context, caller domain.Caller, in CreateOrgInput) (made CreateOrgResult, err error) {
	err = uc.Allow(ctx, caller, CreateOrgNeeds, func(access proof.Access) error {
		if made, err = uc.draft(in, uc.Clock()); err != nil {
			return err
		}
		return uc.create(ctx, access, made, caller.Actor(made.Org.ID))
	})
	if err != nil {
		return CreateOrgResult{}, err
	}
	return made, nil
}

func (uc CreateOrg) create(ctx context.Context, access proof.Access, made CreateOrgResult, operator domain.Actor) error {
	switch _, err := access.Platform().FindOrg(ctx, string(made.Org.Slug)); {
	case err == nil:
		return domain.ErrSlugTaken
	case !errors.Is(err, domain.ErrOrgNotFound):
		return err
	}
	hash, err := uc.Hasher.Hash(ctx, made.Password)
	if err != nil {
		return err
	}
	made.Owner.SetPassword(hash, true, made.Org.CreatedAt)
	if err := access.Leave(ctx, made.Org.ID, "org.create"); err != nil {
		return err
	}
	creator := orgCreator{
		platform: access.Platform(), newID: uc.NewID, limits: uc.Limits,
		created: func(name domain.EventName, on domain.Resource) domain.AuditEvent {
			return operator.Did(name, on, nil).Stamp(uc.NewID(), made.Org.CreatedAt)
		},
	}
	return creator.create(ctx, made.Org, func(tx port.OrgTx) error { return creator.addOwner(ctx, tx, made.Owner) })
}

// draft checks all names before anything is stored.
func (uc CreateOrg) draft(in CreateOrgInput, now time.Time) (made CreateOrgResult, err error) {
	slug, err := domain.ParseSlug(in.Slug)
	if err != nil {
		return made, err
	}
	if made.Org, err = domain.NewOrg(domain.OrgID(uc.NewID()), in.Name, slug, now); err != nil {
		return made, err
	}
	email, err := domain.ParseEmail(in.OwnerEmail)
	if err != nil {
		return made, ofOwner(err)
	}
	if made.Owner, err = domain.NewUser(domain.UserID(uc.NewID()), email, in.OwnerName, now); err != nil {
		return made, ofOwner(err)
	}
	made.Password = uc.NewPassword()
	return made, nil
}

// ofOwner returns err with its fields named as those of the owner.
func ofOwner(err error) error {
	fault, ok := errors.AsType[*domain.Error](err)
	if !ok {
		return err
	}
	placed := *fault
	placed.Fields = nil
	for _, field := range fault.Fields {
		field.Field = "owner." + field.Field
		placed.Fields = append(placed.Fields, field)
	}
	return &placed
}
