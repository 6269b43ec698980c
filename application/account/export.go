package account

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ExportNeeds is what Export requires of its caller.
var ExportNeeds = proof.Needs{OwnAccount: true, Action: domain.ActionDataExport}

// Export returns everything that is stored about the caller's account.
type Export struct {
	proof.Guard
	Records port.PasskeyRecords
}

// Held is what is stored about an account besides the caller itself. It has no secrets and no hashes
// of secrets.
type Held struct {
	Sessions          []domain.Session
	Devices           []domain.Device
	Factors           domain.Factors
	Passkeys          []HeldPasskey
	RecoveryCodesLeft int
	Avatar            domain.File        // zero: none
	Files             []domain.File      // that the account has stored
	EmailChange       domain.EmailChange // that is not confirmed yet; zero: none
	Events            EventPages         // what the account did and what was done to it
}

// HeldPasskey is a passkey of the account. Nothing in it is secret.
type HeldPasskey struct {
	domain.Authenticator
	Record port.Passkey
}

// EventPages returns the next page of events; an empty page ends them.
type EventPages func(context.Context) ([]domain.AuditEvent, error)

// eventPage is how many events are in memory at once, and how many files one query reads.
const eventPage = 500

// Execute returns ErrExportOff when the org does not let its members export their data.
func (uc Export) Execute(ctx context.Context, caller domain.Caller) (held Held, err error) {
	if !caller.Settings.AllowUserDataExport {
		return held, domain.ErrExportOff
	}
	err = uc.ReadAndRecord(ctx, caller, ExportNeeds, func(tx proof.Unit) (err error) {
		if held, err = uc.gather(ctx, tx, caller.User.ID); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventDataExported, domain.OnAccount(caller.User.ID), nil)
	})
	held.Events = uc.events(caller)
	return held, err
}

func (uc Export) gather(ctx context.Context, tx proof.Unit, id domain.UserID) (held Held, err error) {
	if held.Sessions, err = tx.Sessions().Live(ctx, id, tx.Now); err != nil {
		return held, err
	}
	if held.Devices, err = tx.Devices().List(ctx, id); err != nil {
		return held, err
	}
	authenticators, err := tx.Authenticators().Of(ctx, id)
	if err != nil {
		return held, err
	}
	held.Factors = domain.NewFactors(authenticators)
	if held.Passkeys, err = uc.passkeys(authenticators); err != nil {
		return held, err
	}
	if held.RecoveryCodesLeft, err = tx.RecoveryCodes().Left(ctx, id); err != nil {
		return held, err
	}
	if held.Avatar, err = tx.Files().Picture(ctx, domain.FileAvatar, id); err != nil && !errors.Is(err, domain.ErrNotFound) {
		return held, err
	}
	if held.EmailChange, err = tx.EmailChanges().Of(ctx, id, tx.Now); err != nil && !errors.Is(err, domain.ErrLinkGone) {
		return held, err
	}
	held.Files, err = filesOf(ctx, tx, id)
	return held, err
}

// passkeys returns the passkeys among the account's authenticators.
func (uc Export) passkeys(held []domain.Authenticator) (passkeys []HeldPasskey, err error) {
	for _, a := range held {
		if !a.LivePasskey() {
			continue
		}
		record, err := uc.Records.Decode(a)
		if err != nil {
			return nil, err
		}
		passkeys = append(passkeys, HeldPasskey{Authenticator: a, Record: record})
	}
	return passkeys, nil
}

// filesOf returns every file that the account has stored.
func filesOf(ctx context.Context, tx proof.Unit, id domain.UserID) (all []domain.File, err error) {
	var after domain.FileID
	for {
		page, err := tx.Files().List(ctx, domain.FileFilter{By: id}, after, eventPage)
		all = append(all, page...)
		if err != nil || len(page) < eventPage {
			return all, err
		}
		after = page[len(page)-1].ID
	}
}

// events returns what the account did, and then what others did to it.
func (uc Export) events(caller domain.Caller) EventPages {
	id := caller.User.ID
	filters := []domain.AuditFilter{{Actor: id}, {ResourceType: "account", ResourceID: string(id)}}
	var after domain.AuditPlace
	return func(ctx context.Context) (page []domain.AuditEvent, err error) {
		for len(filters) > 0 && len(page) == 0 {
			err = uc.Read(ctx, caller, ExportNeeds.WithoutStepUp(), func(tx proof.Unit) (err error) {
				page, err = tx.Audit().List(ctx, filters[0], after, eventPage)
				return err
			})
			if err != nil {
				return nil, err
			}
			short := len(page) < eventPage
			if !short {
				after = page[len(page)-1].Place()
			}
			page = shown(page, filters[0], id)
			if short {
				filters, after = filters[1:], domain.AuditPlace{}
			}
		}
		return page, nil
	}
}

// shown returns a page as the account's owner may see it. From the events about the account it
// drops those that the account caused itself, because the first filter found them already.
func shown(page []domain.AuditEvent, filter domain.AuditFilter, id domain.UserID) []domain.AuditEvent {
	var events []domain.AuditEvent
	for _, event := range page {
		if filter.Actor != "" || event.Actor != id {
			events = append(events, event.ShownTo(id))
		}
	}
	return events
}
