package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Deliver writes one email and hands it to the mailer. It runs as a job and is retried after a failure. Each run creates
// its own link, because the email of a failed run may have arrived all the same.
type Deliver struct {
	Store      port.Store
	Mailer     port.Mailer
	ResetLinks port.OpaqueTokens
	EmailLinks port.OpaqueTokens // of links that confirm a new address
	Links      Links
	Browser    port.BrowserName
	Clock      port.Clock
	NewID      port.NewID
}

// Links are the URLs of the pages that emails link to, up to where the token follows.
type Links struct{ ResetPassword, AcceptInvitation, ConfirmEmail string }

// of returns the page for a link that sets a password.
func (l Links) of(purpose domain.LinkPurpose) string {
	if purpose == domain.LinkInvitation {
		return l.AcceptInvitation
	}
	return l.ResetPassword
}

// Handler returns the handler of port.EmailJob.
func (uc Deliver) Handler() port.JobHandler {
	return port.HandleJob(func(ctx context.Context, org domain.OrgID, job port.EmailJob) error {
		if err := uc.Execute(ctx, org, job.Message); err != nil {
			return fmt.Errorf("send the email %s: %w", job.Message.Kind, err)
		}
		return nil
	})
}

// Execute sends nothing and returns nil if the email has no recipient, or has become pointless since it was enqueued.
func (uc Deliver) Execute(ctx context.Context, org domain.OrgID, message domain.EmailMessage) error {
	mail, wanted, err := uc.write(ctx, org, message)
	if err != nil || !wanted {
		return err
	}
	mail.Kind, mail.To, mail.At, mail.Address, mail.Details = message.Kind, message.To, message.At, message.Origin.Address, message.Details
	if message.Origin.UserAgent != "" {
		mail.Browser = uc.Browser(message.Origin.UserAgent)
	}
	return uc.Mailer.Send(ctx, mail)
}

func (uc Deliver) write(ctx context.Context, org domain.OrgID, message domain.EmailMessage) (mail port.Mail, wanted bool, err error) {
	if message.Kind == domain.EmailOrgDiscovery {
		return uc.discover(ctx, message)
	}
	var user domain.User
	err = uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
		user, err = uc.recipient(ctx, tx, message, &mail)
		return err
	})
	switch {
	case errors.Is(err, domain.ErrNotFound), errors.Is(err, domain.ErrOrgNotFound):
		return mail, false, nil
	case err != nil:
		return mail, false, err
	case message.Kind == domain.EmailInvitation:
		return uc.invite(ctx, org, user, mail)
	case message.Kind == domain.EmailConfirmAddress:
		return uc.confirm(ctx, org, message, mail)
	case message.Kind != domain.EmailPasswordForgotten:
		return mail, true, nil
	case !user.Active() || user.Password == "":
		return mail, false, nil
	}
	return mail, true, uc.addResetLink(ctx, org, user, message, &mail)
}

// discover lists the orgs of an address, in their language if they have the same one.
func (uc Deliver) discover(ctx context.Context, message domain.EmailMessage) (mail port.Mail, wanted bool, err error) {
	mail.Orgs, err = uc.Store.Platform().OrgsOf(ctx, message.To)
	for i, org := range mail.Orgs {
		mail.Orgs[i].Name = org.EmailSafeName()
		settings, err := uc.settings(ctx, org.ID)
		switch {
		case err != nil:
			return mail, false, err
		case i == 0:
			mail.Locale = settings.DefaultLocale
		case mail.Locale != settings.DefaultLocale:
			mail.Locale = ""
		}
	}
	return mail, len(mail.Orgs) > 0, err
}

func (uc Deliver) settings(ctx context.Context, org domain.OrgID) (settings domain.OrgSettings, err error) {
	err = uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
		settings, err = tx.Org().Settings(ctx)
		return err
	})
	return settings, err
}

// invite creates the link of an invitation. wanted is false if the invitation was revoked, accepted or has expired.
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

// confirm creates the link that confirms a new address, in place of the link of an earlier email. wanted is false if
// that address is no longer requested.
func (uc Deliver) confirm(
	ctx context.Context, org domain.OrgID, message domain.EmailMessage, mail port.Mail,
) (_ port.Mail, wanted bool, err error) {
	now, token := uc.Clock(), uc.EmailLinks.New(org)
	mail.Expires = now.Add(domain.EmailChangeTTL)
	mail.Link = domain.NewSecret(uc.Links.ConfirmEmail + token.Secret.Reveal())
	err = uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		if _, err := tx.Users().Lock(ctx, message.Account); err != nil { // so that no other request replaces the change
			return err
		}
		change, err := tx.EmailChanges().Of(ctx, message.Account, now)
		if wanted = err == nil && change.Email == message.To; !wanted {
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

// link creates a link that sets a password.
func (uc Deliver) link(org domain.OrgID, user domain.User, purpose domain.LinkPurpose, ttl time.Duration, mail *port.Mail) domain.Link {
	token := uc.ResetLinks.New(org)
	mail.Expires = uc.Clock().Add(ttl)
	mail.Link = domain.NewSecret(uc.Links.of(purpose) + token.Secret.Reveal())
	return domain.Link{User: user.ID, Purpose: purpose, Hash: token.Hash, ExpiresAt: mail.Expires}
}

// recipient returns the account that the email is for and fills in what every email shows. It returns
// domain.ErrNotFound if there is no such account or the org is suspended. The account is empty for an email to an address
// that no account has.
func (uc Deliver) recipient(ctx context.Context, tx port.OrgTx, message domain.EmailMessage, mail *port.Mail) (domain.User, error) {
	org, err := tx.Org().Get(ctx)
	if err != nil {
		return domain.User{}, err
	}
	settings, err := tx.Org().Settings(ctx)
	if err != nil {
		return domain.User{}, err
	}
	var user domain.User
	switch message.Kind {
	case domain.EmailAddressChanged: // no account has that address any more
	case domain.EmailConfirmAddress: // no account has it yet; the name is left out, as its reader may be a stranger
		_, err = tx.Users().Get(ctx, message.Account)
	default:
		user, err = tx.Users().ByEmail(ctx, message.To)
	}
	mail.OrgName, mail.Locale, mail.Name = org.EmailSafeName(), settings.DefaultLocale, domain.EmailSafeName(user.FullName)
	if err == nil && !org.Active() {
		err = domain.ErrNotFound
	}
	return user, err
}

// addResetLink creates the link that sets a new password.
func (uc Deliver) addResetLink(
	ctx context.Context, org domain.OrgID, user domain.User, message domain.EmailMessage, mail *port.Mail,
) error {
	link := uc.link(org, user, domain.LinkPasswordReset, domain.PasswordResetTTL, mail)
	return uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		if err := tx.Links().Put(ctx, link); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, uc.linkSent(user, message, uc.Clock()))
	})
}

func (uc Deliver) linkSent(user domain.User, message domain.EmailMessage, now time.Time) domain.AuditEvent {
	requester := domain.Actor{Origin: message.Origin}
	return requester.Did(domain.EventResetLinkSent, domain.OnAccount(user.ID), nil).Stamp(uc.NewID(), now)
}
