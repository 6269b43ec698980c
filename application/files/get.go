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

// List returns the org's plain files, and the storage that all its files use.
type List struct {
	Store port.Store
	Quota Quota
}

// ListInput says which stretch of the list.
type ListInput struct {
	After domain.FileID // empty: from the newest on
	Limit int
}

// ListResult is a page of the list.
type ListResult struct {
	Files   []domain.File
	More    bool // whether more files follow
	Storage domain.Storage
}

// Execute lists the newest first.
func (uc List) Execute(ctx context.Context, caller domain.Caller, in ListInput) (result ListResult, err error) {
	result.Storage.Limit = int64(uc.Quota)
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
		if result.Files, err = tx.Files().List(ctx, domain.FileFilter{}, in.After, in.Limit+1); err != nil {
			return err
		}
		result.Storage.Used, err = tx.Files().Used(ctx)
		return err
	})
	if result.More = len(result.Files) > in.Limit; result.More {
		result.Files = result.Files[:in.Limit]
	}
	return result, err
}
