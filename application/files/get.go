package files

import (
	"context"
	"io"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Get hands a plain file out.
type Get struct {
	Store port.Store
	Files port.FileStore
}

// Execute answers ErrNotFound for a file that is not of the caller's org. Whoever asked closes
// the content.
func (uc Get) Execute(ctx context.Context, caller domain.Caller, id domain.FileID) (file domain.File, content io.ReadCloser, err error) {
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		file, err = tx.Files().Get(ctx, id)
		return err
	})
	if err != nil {
		return file, nil, err
	}
	content, err = uc.Files.Open(ctx, caller.Org.ID, file.ID)
	return file, content, err
}

// List shows the org's plain files.
type List struct{ Store port.Store }

// ListInput says which stretch of the list.
type ListInput struct {
	After domain.FileID // empty: from the newest on
	Limit int
}

// Execute lists the newest first, and tells whether there are more.
func (uc List) Execute(ctx context.Context, caller domain.Caller, in ListInput) (list []domain.File, more bool, err error) {
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		list, err = tx.Files().List(ctx, domain.FileFilter{}, in.After, in.Limit+1)
		return err
	})
	if more = len(list) > in.Limit; more {
		list = list[:in.Limit]
	}
	return list, more, err
}
