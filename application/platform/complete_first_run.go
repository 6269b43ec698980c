package platform

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// CompleteFirstRun makes the holder of a first-run link the first owner of the default org. An owner that was seeded with a
// generated password becomes theirs, if nobody has used it yet.
type CompleteFirstRun struct {
	HasOwner    HasOwner
	Offers      port.FirstRuns
	Tokens      port.OpaqueTokens
	NewPassword proof.NewPassword
	Wrong       proof.WrongTokens
	Clock       port.Clock
	NewID       port.NewID
	Limits      domain.ServerLimits
}

// CompleteFirstRunInput is the token of the link, and what its holder chose.
type CompleteFirstRunInput struct {
	Token    domain.Secret
	Email    string
	FullName string
	Password domain.Secret
}

// Execute opens no session: the owner signs in afterwards. It returns ErrFirstRunDone once a person uses an owner, whatever
// the token, and ErrFirstRunGone for a token that is unknown or has expired. The link stays valid when an input is refused.
// Of parallel calls one wins, and every other link is void from then on.
func (uc CompleteFirstRun) Execute(ctx context.Context, visitor domain.Visitor, in CompleteFirstRunInput) error {
	switch done, err := uc.HasOwner.Execute(ctx); {
	case err != nil:
		return err
	case done:
		return domain.ErrFirstRunDone
	}
	offer, err := uc.offer(ctx, visitor, in.Token)
	if err != nil {
		return err
	}
	chosen, err := uc.choose(ctx, in)
	if err != nil {
		return err
	}
	return uc.HasOwner.Store.InOrg(ctx, uc.HasOwner.Org, func(tx port.OrgTx) error {
		return uc.settle(ctx, tx, visitor.Origin, offer, chosen)
	})
}

// offer returns the offer of the token. It counts an unknown token against its sender's network and records the refusal.
func (uc CompleteFirstRun) offer(ctx context.Context, visitor domain.Visitor, secret domain.Secret) (domain.FirstRun, error) {
	token, err := uc.Tokens.Parse(secret)
	if err != nil || token.Org != uc.HasOwner.Org {
		return domain.FirstRun{}, uc.Wrong.Refuse(ctx, visitor.Origin, proof.LinkToken, domain.ErrFirstRunGone)
	}
	offer, err := uc.Offers.Get(ctx, token.Org, token.Hash)
	if errors.Is(err, domain.ErrFirstRunGone) {
		event := proof.Refused(domain.EventFirstRunCompleted, domain.Actor{Origin: visitor.Origin}, "link used, expired or replaced").
			Stamp(uc.NewID(), uc.Clock())
		wrong := proof.WrongToken{Kind: proof.LinkToken, Refusal: domain.ErrFirstRunGone, Event: event}
		err = uc.Wrong.RefuseAndRecord(ctx, uc.HasOwner.Store, token.Org, wrong)
	}
	return offer, err
}

// choose checks the whole input, so that every fault is reported at once, and hashes the password.
func (uc CompleteFirstRun) choose(ctx context.Context, in CompleteFirstRunInput) (domain.User, error) {
	now := uc.Clock()
	email, errEmail := domain.ParseEmail(in.Email)
	chosen, errName := domain.NewUser(domain.UserID(uc.NewID()), email, in.FullName, now)
	owner, err := uc.passwordOwner(ctx, in)
	if err != nil {
		return chosen, err
	}
	if errEmail != nil || errName != nil {
		refused := domain.RefusePassword(uc.NewPassword.Examine(in.Password, owner).Faults)
		return chosen, domain.ErrInvalid.In(fieldsOf(errEmail, errName, refused)...)
	}
	hash, err := uc.NewPassword.Hash(ctx, in.Password, owner)
	chosen.SetPassword(hash, false, now)
	return chosen, err
}

// passwordOwner is the account as it will be, with the generated password of the seeded owner, if there is one.
func (uc CompleteFirstRun) passwordOwner(ctx context.Context, in CompleteFirstRunInput) (owner proof.PasswordOwner, err error) {
	err = uc.HasOwner.Store.ReadOrg(ctx, uc.HasOwner.Org, func(tx port.OrgTx) (err error) {
		owner.User = domain.User{Email: domain.TypedEmail(in.Email), FullName: in.FullName}
		if owner.Org, err = tx.Org().Get(ctx); err != nil {
			return err
		}
		if owner.Settings, err = tx.Org().Settings(ctx); err != nil {
			return err
		}
		owners, claimed, err := unclaimedOwners(ctx, tx)
		switch {
		case err != nil:
			return err
		case claimed: // the password of a person is not compared
			return domain.ErrFirstRunDone
		case len(owners) > 0:
			owner.User.Password = owners[len(owners)-1].Password
		}
		return nil
	})
	return owner, err
}

// fieldsOf returns the fields that the errors refuse.
func fieldsOf(refusals ...error) (fields []domain.FieldError) {
	for _, err := range refusals {
		if refusal, ok := errors.AsType[*domain.Error](err); ok {
			fields = append(fields, refusal.Fields...)
		}
	}
	return fields
}

// settle gives the chosen values to the seeded owner, or creates the owner if the org has none. The locks make parallel runs,
// and a sign-in of the seeded owner, wait for each other.
func (uc CompleteFirstRun) settle(
	ctx context.Context, tx port.OrgTx, origin domain.Origin, offer domain.FirstRun, chosen domain.User,
) error {
	if _, err := tx.Org().Lock(ctx); err != nil {
		return err
	}
	owners, claimed, err := unclaimedOwners(ctx, tx)
	if err != nil {
		return err
	}
	for i, owner := range owners {
		if owners[i], err = tx.Users().Lock(ctx, owner.ID); err != nil {
			return err
		}
	}
	switch {
	case claimed, domain.AnyClaimed(owners):
		return domain.ErrFirstRunDone
	case len(owners) > 0:
		chosen, err = uc.takeOver(ctx, tx, origin, owners[len(owners)-1], chosen)
	default:
		err = uc.orgCreator(origin, chosen.ID).addOwner(ctx, tx, chosen)
	}
	if err != nil {
		return err
	}
	details := domain.Details{"offered_at": offer.OfferedAt.UTC().Format(time.RFC3339)}
	event := domain.Actor{User: chosen.ID, Origin: origin}.Did(domain.EventFirstRunCompleted, domain.OnAccount(chosen.ID), details)
	return tx.Audit().Append(ctx, event.Stamp(uc.NewID(), uc.Clock()))
}

// takeOver gives the chosen address, name and password to the seeded owner. What its generated password and its address
// allowed ends, and the old address is notified.
func (uc CompleteFirstRun) takeOver(
	ctx context.Context, tx port.OrgTx, origin domain.Origin, before, chosen domain.User,
) (after domain.User, err error) {
	after, now := before, uc.Clock()
	after.Readdress(chosen.Email, now)
	if err := after.Rename(chosen.FullName, now); err != nil {
		return after, err
	}
	after.SetPassword(chosen.Password, false, now)
	if err := tx.Users().Update(ctx, after); err != nil {
		return after, err
	}
	if err := proof.VoidUnfinished(ctx, tx, after.ID); err != nil {
		return after, err
	}
	if err := (proof.Guesses{}).Forgive(ctx, tx, after); err != nil {
		return after, err
	}
	actor := domain.Actor{User: after.ID, Origin: origin}
	updated := actor.Did(domain.EventAccountUpdated, domain.OnAccount(after.ID), before.Differences(after))
	if err := tx.Audit().Append(ctx, updated.Stamp(uc.NewID(), now)); err != nil {
		return after, err
	}
	if before.Email.Key() == after.Email.Key() {
		return after, nil
	}
	notice := domain.EmailMessage{Kind: domain.EmailAddressChanged, To: before.Email, At: now, Origin: origin}
	return after, tx.Emails().Send(ctx, notice)
}

func (uc CompleteFirstRun) orgCreator(origin domain.Origin, owner domain.UserID) orgCreator {
	return orgCreator{
		platform: uc.HasOwner.Store.Platform(), newID: uc.NewID, limits: uc.Limits,
		created: func(name domain.EventName, on domain.Resource) domain.AuditEvent {
			actor := domain.Actor{User: owner, Origin: origin}
			return actor.Did(name, on, domain.Details{"by": "first_run"}).Stamp(uc.NewID(), uc.Clock())
		},
	}
}
