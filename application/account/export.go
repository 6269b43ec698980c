package account

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Export hands out everything that is held about the caller's account.
type Export struct {
	Store port.Store
	Guard proof.Guard
	Clock port.Clock
	NewID port.NewID
}

// Held is what there is besides the caller: no secret, and not what a secret is kept as.
type Held struct {
	Sessions          []domain.Session
	Devices           []domain.Device
	Authenticator     domain.Authenticator
	RecoveryCodesLeft int
	Avatar            domain.File                                        // zero: none
	Files             []domain.File                                      // that the account has stored
	EmailChange       domain.EmailChange                                 // that is not confirmed yet; zero: none
	Events            func(context.Context) ([]domain.AuditEvent, error) // the next page of what it did and what was done to it; an empty one ends it
}

// eventPage is how many events are in memory at once, and how many files one question asks for.
const eventPage = 500

// Execute refuses with ErrExportOff where the org does not let its members take their data.
func (uc Export) Execute(ctx context.Context, caller domain.Caller) (held Held, err error) {
	if !caller.Settings.AllowUserDataExport {
		return held, domain.ErrExportOff
	}
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionDataExport, func() (Held, error) {
		return uc.export(ctx, caller)
	})
}

func (uc Export) export(ctx context.Context, caller domain.Caller) (held Held, err error) {
	now := uc.Clock()
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
		if held, err = uc.gather(ctx, tx, caller.User.ID, now); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, did(domain.EventDataExported, uc.NewID, caller, now, "account", string(caller.User.ID)))
	})
	held.Events = uc.events(caller.Org.ID, caller.User.ID)
	return held, err
}

func (uc Export) gather(ctx context.Context, tx port.OrgTx, id domain.UserID, now time.Time) (held Held, err error) {
	if held.Sessions, err = tx.Sessions().Live(ctx, id, now); err != nil {
		return held, err
	}
	if held.Devices, err = tx.Devices().List(ctx, id); err != nil {
		return held, err
	}
	if held.Authenticator, err = tx.Authenticators().Get(ctx, id); err != nil {
		return held, err
	}
	if held.RecoveryCodesLeft, err = tx.RecoveryCodes().Left(ctx, id); err != nil {
		return held, err
	}
	if held.Avatar, err = tx.Files().Picture(ctx, domain.FileAvatar, id); err != nil && !errors.Is(err, domain.ErrNotFound) {
		return held, err
	}
	if held.EmailChange, err = tx.EmailChanges().Of(ctx, id, now); err != nil && !errors.Is(err, domain.ErrLinkGone) {
		return held, err
	}
	held.Files, err = filesOf(ctx, tx, id)
	return held, err
}

// filesOf is what is known of every file that the account has stored.
func filesOf(ctx context.Context, tx port.OrgTx, id domain.UserID) (all []domain.File, err error) {
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

// events gives what the account did, and then what others did to it.
func (uc Export) events(org domain.OrgID, id domain.UserID) func(context.Context) ([]domain.AuditEvent, error) {
	filters := []domain.AuditFilter{{Actor: id}, {ResourceType: "account", ResourceID: string(id)}}
	var after domain.AuditPlace
	return func(ctx context.Context) (page []domain.AuditEvent, err error) {
		for len(filters) > 0 && len(page) == 0 {
			err = uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
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
