package files

import (
	"context"
	"io"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// GetNeeds is what Get requires of its caller.
var GetNeeds = proof.Needs{Permission: domain.PermFileRead}

// Get returns a plain file and its content.
type Get struct {
	proof.Guard
	Files port.FileStore
}

// Execute returns ErrNotFound for a file that the caller's org does not have. The content must be
// closed.
func (uc Get) Execute(ctx context.Context, caller domain.Caller, id domain.FileID) (file domain.File, content io.ReadCloser, err error) {
	err = uc.Read(ctx, caller, GetNeeds, func(tx proof.Unit) (err error) {
		file, err = tx.Files().Get(ctx, id)
		return err
	})
	if err != nil {
		return file, nil, err
	}
	content, err = uc.Files.Open(ctx, caller.Org.ID, file.ID)
	return file, content, err
}

// ListNeeds is what List requires of its caller.
var ListNeeds = proof.Needs{Permission: domain.PermFileRead}

// List returns a page of the org's plain files, and the storage that all its files use.
type List struct {
	proof.Guard
	Quota Quota
}

// ListInput says which files, after which one, and how many at most.
type ListInput struct {
	After domain.FileID // empty: from the newest on
	Limit int
	Named bool // whether the names of the accounts that stored the files are wanted
}

// ListResult is a page of files, newest first.
type ListResult struct {
	Files   []domain.File
	More    bool // whether more files follow
	Storage domain.Storage
	Names   domain.Names // if they are wanted and the caller may see accounts
}

// Execute lists the newest files first.
func (uc List) Execute(ctx context.Context, caller domain.Caller, in ListInput) (result ListResult, err error) {
	result.Storage.Limit = int64(uc.Quota)
	err = uc.Read(ctx, caller, ListNeeds, func(tx proof.Unit) (err error) {
		if result.Files, err = tx.Files().List(ctx, domain.FileFilter{}, in.After, in.Limit+1); err != nil {
			return err
		}
		if result.More = len(result.Files) > in.Limit; result.More {
			result.Files = result.Files[:in.Limit]
		}
		if in.Named && caller.Can(domain.PermMemberRead) {
			if result.Names, err = tx.Names().Of(ctx, storedBy(result.Files)); err != nil {
				return err
			}
		}
		result.Storage.Used, err = tx.Files().Used(ctx)
		return err
	})
	return result, err
}

// storedBy returns the accounts that stored the files, each once.
func storedBy(files []domain.File) (accounts []domain.Resource) {
	for _, file := range files {
		if on := domain.OnAccount(file.By); !slices.Contains(accounts, on) {
			accounts = append(accounts, on)
		}
	}
	return accounts
}
