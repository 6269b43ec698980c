package files

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// RemoveNeeds is what Remove requires of its caller.
var RemoveNeeds = proof.Needs{Permission: domain.PermFileWrite}

// Remove removes a plain file.
type Remove struct {
	proof.Guard
	Files port.FileStore
}

// Execute returns ErrNotFound for a file that the caller's org does not have. Once its row is
// removed nobody can read the file; content that cannot be removed now is removed by Sweep later.
func (uc Remove) Execute(ctx context.Context, caller domain.Caller, id domain.FileID) error {
	err := uc.Change(ctx, caller, RemoveNeeds, func(tx proof.Unit) error {
		file, err := tx.Files().Get(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.Files().Remove(ctx, id); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventFileRemoved, domain.OnFile(id), details(file))
	})
	if err == nil {
		_ = uc.Files.Remove(context.WithoutCancel(ctx), caller.Org.ID, id)
	}
	return err
}
