package mail

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Deliver writes one letter and hands it to the mailer. It runs as a job and is retried after a
// failure. Each run makes its own link, since the mail of a failed run may have arrived all the
// same.
type Deliver struct {
	Store      port.Store
	Mailer     port.Mailer
	ResetLinks port.OpaqueTokens
	EmailLinks port.OpaqueTokens // of links that confirm a new address
	PublicURL  string            // of the service; every link begins with it
	Browser    port.BrowserName
	Clock      port.Clock
	NewID      port.NewID
}

// Execute does nothing, without an error, when nobody (any more) is to get the letter.
func (uc Deliver) Execute(ctx context.Context, org domain.OrgID, letter domain.Letter) error {
	mail, wanted, err := uc.write(ctx, org, letter)
	if err != nil || !wanted {
		return err
	}
	mail.Kind, mail.To, mail.At, mail.Address, mail.Details = letter.Kind, letter.To, letter.At, letter.Origin.Address, letter.Details
	if letter.Origin.UserAgent != "" {
		mail.Browser = uc.Browser(letter.Origin.UserAgent)
	}
	return uc.Mailer.Send(ctx, mail)
}

func (uc Deliver) write(ctx context.Context, org domain.OrgID, letter domain.Letter) (mail port.Mail, wanted bool, err error) {
	if letter.Kind == domain.LetterOrgDiscovery {
		mail.Orgs, err = uc.Store.Platform().OrgsOf(ctx, letter.To)
		for i, org := range mail.Orgs {
			mail.Orgs[i].Name = org.LetterName()
		}
		return mail, len(mail.Orgs) > 0, err
	}
	var user domain.User
	err = uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
		user, err = uc.recipient(ctx, tx, letter, &mail)
		return err
	})
	switch {
	case errors.Is(err, domain.ErrNotFound), errors.Is(err, domain.ErrOrgNotFound):
		return mail, false, nil
	case err != nil:
		return mail, false, err
	case letter.Kind == domain.LetterInvitation:
		return uc.invite(ctx, org, user, mail)
	case letter.Kind == domain.LetterConfirmAddress:
		return uc.confirm(ctx, org, letter, mail)
	case letter.Kind != domain.LetterPasswordForgotten:
		return mail, true, nil
	case !user.Active() || user.Password == "":
		return mail, false, nil
	}
	return mail, true, uc.addResetLink(ctx, org, user, letter, &mail)
}

// invite makes the link of an invitation that has neither been revoked nor run out since it
// was ordered.
func (uc Deliver) invite(ctx context.Context, org domain.OrgID, user domain.User, mail port.Mail) (_ port.Mail, wanted bool, err error) {
	link := uc.link(org, user, domain.LinkInvitation, domain.InvitationTTL, &mail)
	err = uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		waiting, err := tx.Links().Has(ctx, domain.LinkInvitation, user.ID, uc.Clock())
		if wanted = waiting && user.Invited(); err != nil || !wanted {
			return err
		}
		return tx.Links().Put(ctx, link)
	})
	return mail, wanted, err
}

// confirm makes the link that confirms a new address, if that address is still requested. It
// replaces the link of an earlier letter.
func (uc Deliver) confirm(
	ctx context.Context, org domain.OrgID, letter domain.Letter, mail port.Mail,
) (_ port.Mail, wanted bool, err error) {
	now, token := uc.Clock(), uc.EmailLinks.New(org)
	mail.Expires = now.Add(domain.EmailChangeTTL)
	mail.Link = domain.NewSecret(uc.PublicURL + "/confirm-email#token=" + token.Secret.Reveal())
	err = uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		if _, err := tx.Users().Lock(ctx, letter.Account); err != nil { // no other request replaces the change meanwhile
			return err
		}
		change, err := tx.EmailChanges().Of(ctx, letter.Account, now)
		if wanted = err == nil && change.Email == letter.To; !wanted {
			return err
		}
		change.Hash, change.ExpiresAt = token.Hash, mail.Expires
		return tx.EmailChanges().Put(ctx, change)
	})
	if errors.Is(err, domain.ErrLinkGone) || errors.Is(err, domain.ErrNotFound) {
		return mail, false, nil
	}
	return mail, wanted, err
}

// link makes a link that sets a password. Its token stands behind the #, so that it does not
// reach the log of any server on the way.
func (uc Deliver) link(org domain.OrgID, user domain.User, purpose domain.LinkPurpose, ttl time.Duration, mail *port.Mail) domain.Link {
	token := uc.ResetLinks.New(org)
	mail.Expires = uc.Clock().Add(ttl)
	mail.Link = domain.NewSecret(uc.PublicURL + "/reset-password#token=" + token.Secret.Reveal())
	return domain.Link{User: user.ID, Purpose: purpose, Hash: token.Hash, ExpiresAt: mail.Expires}
}

// recipient finds whose address it is and fills in what every letter shows.
func (uc Deliver) recipient(ctx context.Context, tx port.OrgTx, letter domain.Letter, mail *port.Mail) (domain.User, error) {
	org, err := tx.Org().Get(ctx)
	if err != nil {
		return domain.User{}, err
	}
	settings, err := tx.Org().Settings(ctx)
	if err != nil {
		return domain.User{}, err
	}
	var user domain.User
	switch letter.Kind {
	case domain.LetterAddressChanged: // nobody has that address any more
	case domain.LetterConfirmAddress: // no account has it yet; the name was chosen by a stranger to its owner
		_, err = tx.Users().Get(ctx, letter.Account)
	default:
		user, err = tx.Users().ByEmail(ctx, letter.To)
	}
	mail.OrgName, mail.Locale, mail.Name = org.LetterName(), settings.DefaultLocale, domain.LetterName(user.FullName)
	if err == nil && !org.Active() {
		err = domain.ErrNotFound
	}
	return user, err
}

// addResetLink makes the link that sets a new password.
func (uc Deliver) addResetLink(ctx context.Context, org domain.OrgID, user domain.User, letter domain.Letter, mail *port.Mail) error {
	link := uc.link(org, user, domain.LinkPasswordReset, domain.PasswordResetTTL, mail)
	return uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		if err := tx.Links().Put(ctx, link); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, uc.linkSent(user, letter, uc.Clock()))
	})
}

func (uc Deliver) linkSent(user domain.User, letter domain.Letter, now time.Time) domain.AuditEvent {
	return domain.AuditEvent{
		ID: domain.EventID(uc.NewID()), At: now, Name: domain.EventResetLinkSent, Outcome: domain.OutcomeSuccess,
		ResourceType: "account", ResourceID: string(user.ID), Origin: letter.Origin,
	}
}
