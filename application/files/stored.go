package files

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// stored is the content of a file that is in the file store and has no row in the database yet.
type stored struct {
	files port.FileStore
	org   domain.OrgID
	id    domain.FileID
}

// record runs the unit that adds the row. The unit is refused when the caller's session or API key has ended
// since the upload began. When the unit is undone the content is removed. When it is unknown
// whether the unit was committed the content stays, because a row may name it; Sweep decides.
func (s stored) record(ctx context.Context, access proof.Access, unit func(proof.Unit) error) error {
	committing := false
	err := access.Change(ctx, func(tx proof.Unit) error {
		committing = false
		if err := requireSession(ctx, tx); err != nil {
			return err
		}
		if err := unit(tx); err != nil {
			return err
		}
		committing = true
		return nil
	})
	if err != nil && !committing {
		_ = s.files.Remove(context.WithoutCancel(ctx), s.org, s.id) // if this fails, Sweep removes it
	}
	return err
}

// requireSession returns ErrTokenRevoked when the caller's session has ended, or their API key was revoked. The session of
// a platform operator is in another org than the unit, where it cannot be read.
func requireSession(ctx context.Context, tx proof.Unit) error {
	if tx.Caller.ActingFor() {
		return nil
	}
	if tx.Caller.Service() {
		return requireKey(ctx, tx)
	}
	live, err := tx.Sessions().Live(ctx, tx.Caller.User.ID, tx.Now)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(live, func(s domain.Session) bool { return s.ID == tx.Caller.Session.ID }) {
		return domain.ErrTokenRevoked
	}
	return nil
}

func requireKey(ctx context.Context, tx proof.Unit) error {
	key, err := tx.APIKeys().Get(ctx, domain.ServiceAccountID(tx.Caller.User.ID), tx.Caller.Key.ID)
	if errors.Is(err, domain.ErrNotFound) || err == nil && key.Expired(tx.Now) {
		return domain.ErrTokenRevoked
	}
	return err
}

// details are what an audit event says about a file.
func details(file domain.File) domain.Details {
	if file.Media == "" {
		return nil
	}
	return domain.Details{"media": file.Media, "size": strconv.FormatInt(file.Size, 10)}
}
