package files

import (
	"context"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Remove takes a plain file away.
type Remove struct {
	Store port.Store
	Files port.FileStore
	Clock port.Clock
	NewID port.NewID
}

// Execute answers ErrNotFound for a file that is not of the caller's org. Once it is forgotten
// nobody reaches it; bytes that cannot be removed now are swept later.
func (uc Remove) Execute(ctx context.Context, caller domain.Caller, id domain.FileID) error {
	err := uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		caller, err := application.Authorize(ctx, tx, caller, domain.PermFileWrite)
		if err != nil {
			return err
		}
		file, err := tx.Files().Get(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.Files().Remove(ctx, id); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventFileRemoved, uc.NewID, caller, "file", string(id), uc.Clock(), file))
	})
	if err == nil {
		_ = uc.Files.Remove(context.WithoutCancel(ctx), caller.Org.ID, id)
	}
	return err
}
