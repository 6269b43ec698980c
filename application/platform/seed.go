package platform

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Seed creates the default org and its first owner if they do not exist.
type Seed struct {
	Store  port.Store
	Hasher port.PasswordHasher
	Clock  port.Clock
	NewID  port.NewID
	Limits domain.ServerLimits
}

// SeedInput describes the default org and its first owner.
type SeedInput struct {
	OrgID     domain.OrgID
	OrgName   string
	OrgSlug   string
	Email     string
	FullName  string
	Password  domain.Secret
	Temporary bool // the password must be changed at the first sign-in
	Generated bool // nobody chose the password: a first run may replace it
}

// SeedResult reports what was created. Whatever existed is unchanged.
type SeedResult struct {
	OrgCreated   bool
	OwnerCreated bool
	OwnerRenewed bool // the owner's temporary password had lapsed; the one given replaces it

	// ClaimedBy is the address of an owner whom a person uses. It is set when no owner was created for this reason: one with
	// a generated password is only created until somebody has become the owner.
	ClaimedBy domain.Email
}

// Execute may be run again at any time, also by several processes at once.
func (uc Seed) Execute(ctx context.Context, in SeedInput) (result SeedResult, err error) {
	switch _, err := uc.Store.Platform().FindOrg(ctx, string(in.OrgID)); {
	case errors.Is(err, domain.ErrOrgNotFound):
		if result.OrgCreated, err = uc.createOrg(ctx, in); err != nil {
			return result, err
		}
	case err != nil:
		return result, err
	}
	result.OwnerCreated, result.ClaimedBy, err = uc.createOwner(ctx, in)
	if err != nil || result.OwnerCreated || result.ClaimedBy != "" {
		return result, err
	}
	result.OwnerRenewed, err = uc.renewOwner(ctx, in)
	return result, err
}

// Due reports whether nobody can sign in to the org, because it does not exist or has no account.
func (uc Seed) Due(ctx context.Context, org domain.OrgID) (due bool, err error) {
	err = uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) error {
		_, err := tx.Org().Get(ctx)
		if err != nil {
			return err
		}
		members, _, err := tx.Users().List(ctx, domain.MemberFilter{}, domain.MemberPlace{}, 1)
		due = len(members) == 0
		return err
	})
	if errors.Is(err, domain.ErrOrgNotFound) || errors.Is(err, domain.ErrNotFound) {
		return true, nil
	}
	return due, err
}

func (uc Seed) createOrg(ctx context.Context, in SeedInput) (created bool, err error) {
	now := uc.Clock()
	slug, err := domain.ParseSlug(in.OrgSlug)
	if err != nil {
		return false, err
	}
	org, err := domain.NewOrg(in.OrgID, in.OrgName, slug, now)
	if err != nil {
		return false, err
	}
	org.Platform = true
	err = uc.orgCreator().create(ctx, org, func(port.OrgTx) error { return nil })
	if errors.Is(err, domain.ErrSlugTaken) { // another process was faster, or another org has the slug
		if _, findErr := uc.Store.Platform().FindOrg(ctx, string(in.OrgID)); findErr == nil {
			return false, nil
		}
	}
	return err == nil, err
}

// createOwner creates the first owner, unless the address already has an account, or the password is a generated one and
// a person uses another owner.
func (uc Seed) createOwner(ctx context.Context, in SeedInput) (created bool, claimedBy domain.Email, err error) {
	email, err := domain.ParseEmail(in.Email)
	if err != nil {
		return false, "", err
	}
	now := uc.Clock()
	owner, err := domain.NewUser(domain.UserID(uc.NewID()), email, in.FullName, now)
	if err != nil {
		return false, "", err
	}
	if exists, err := uc.exists(ctx, in.OrgID, email); exists || err != nil {
		return false, "", err
	}
	hash, err := uc.Hasher.Hash(ctx, in.Password)
	if err != nil {
		return false, "", err
	}
	in.setPassword(&owner, hash, now)
	err = uc.Store.InOrg(ctx, in.OrgID, func(tx port.OrgTx) error {
		created, claimedBy = false, ""
		if _, err := tx.Org().Lock(ctx); err != nil { // so that no first run is completed at the same time
			return err
		}
		owners, err := tx.Roles().Owners(ctx)
		if err != nil {
			return err
		}
		if at := slices.IndexFunc(owners, domain.User.Claimed); in.Generated && at >= 0 {
			claimedBy = owners[at].Email
			return nil
		}
		created = true
		return uc.orgCreator().addOwner(ctx, tx, owner)
	})
	if errors.Is(err, domain.ErrEmailTaken) {
		return false, "", nil
	}
	return created && err == nil, claimedBy, err
}

func (in SeedInput) setPassword(owner *domain.User, hash domain.PasswordHash, now time.Time) {
	if in.Generated && !in.Temporary {
		owner.SetSeededPassword(hash, now)
		return
	}
	owner.SetPassword(hash, in.Temporary, now)
}

func (uc Seed) exists(ctx context.Context, org domain.OrgID, email domain.Email) (exists bool, err error) {
	err = uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) error {
		_, err := tx.Users().ByEmail(ctx, email)
		exists = err == nil
		if errors.Is(err, domain.ErrNotFound) {
			return nil
		}
		return err
	})
	return exists, err
}

func (uc Seed) orgCreator() orgCreator {
	return orgCreator{platform: uc.Store.Platform(), newID: uc.NewID, limits: uc.Limits, created: uc.created}
}

func (uc Seed) created(name domain.EventName, on domain.Resource) domain.AuditEvent {
	return domain.Actor{}.Did(name, on, domain.Details{"by": "seed"}).Stamp(uc.NewID(), uc.Clock())
}
