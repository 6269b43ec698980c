package files

import (
	"context"
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

// record runs the unit that adds the row. The unit is refused when the caller's session has ended
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

// requireSession returns ErrTokenRevoked when the caller's session has ended. The session of a
// platform operator is in another org than the unit, where it cannot be read.
func requireSession(ctx context.Context, tx proof.Unit) error {
	if tx.Caller.ActingFor() {
		return nil
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

// details are what an audit event says about a file.
func details(file domain.File) domain.Details {
	if file.Media == "" {
		return nil
	}
	return domain.Details{"media": file.Media, "size": strconv.FormatInt(file.Size, 10)}
}
