package platform

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// CreateOrg makes an org with its settings, the system roles and a first owner.
type CreateOrg struct {
	Store       port.Store
	Hasher      port.PasswordHasher
	NewPassword port.NewTemporaryPassword
	Crossings   application.Crossings
	Guard       proof.Guard
	Clock       port.Clock
	NewID       port.NewID
	Limits      domain.ServerLimits
}

// CreateOrgInput is what the org and its first owner are called.
type CreateOrgInput struct {
	Name, Slug            string
	OwnerEmail, OwnerName string
}

// CreateOrgResult holds the owner's temporary password, which is shown this once.
type CreateOrgResult struct {
	Org      domain.Org
	Owner    domain.User
	Password domain.Secret
}

// Execute refuses a slug in use with ErrSlugTaken. The owner must change the password at
// the first sign-in, and enrol a second factor.
func (uc CreateOrg) Execute(ctx context.Context, caller domain.Caller, in CreateOrgInput) (made CreateOrgResult, err error) {
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionOrgManage, func() (CreateOrgResult, error) {
		return uc.create(ctx, caller, in)
	})
}

func (uc CreateOrg) create(ctx context.Context, caller domain.Caller, in CreateOrgInput) (CreateOrgResult, error) {
	now := uc.Clock()
	made, err := uc.draft(in, now)
	if err != nil {
		return CreateOrgResult{}, err
	}
	switch _, err := uc.Store.Platform().FindOrg(ctx, string(made.Org.Slug)); {
	case err == nil:
		return CreateOrgResult{}, domain.ErrSlugTaken
	case !errors.Is(err, domain.ErrOrgNotFound):
		return CreateOrgResult{}, err
	}
	hash, err := uc.Hasher.Hash(ctx, made.Password)
	if err != nil {
		return CreateOrgResult{}, err
	}
	made.Owner.SetPassword(hash, true, now)
	if err := uc.Crossings.Leave(ctx, caller, "org.create", made.Org.ID); err != nil {
		return CreateOrgResult{}, err
	}
	founder := founder{uc.Store, uc.NewID, uc.Limits, func(name domain.EventName, kind, id string) domain.AuditEvent {
		return domain.AuditEvent{
			ID: domain.EventID(uc.NewID()), At: now, Name: name, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
			ResourceType: kind, ResourceID: id, Origin: caller.OriginIn(made.Org.ID),
		}
	}}
	err = founder.found(ctx, made.Org, func(tx port.OrgTx) error { return founder.admit(ctx, tx, made.Owner) })
	if err != nil {
		return CreateOrgResult{}, err
	}
	return made, nil
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

// ofOwner places a fault where the owner's members stand in the request.
func ofOwner(err error) error {
	fault, ok := errors.AsType[*domain.Error](err)
	if !ok {
		return err
	}
	placed := *fault
	placed.Fields = nil
	for _, field := range fault.Fields {
		field.Location = strings.Replace(field.Location, "body.", "body.owner.", 1)
		placed.Fields = append(placed.Fields, field)
	}
	return &placed
}
