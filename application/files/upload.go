package files

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UploadNeeds is what Upload requires of its caller.
var UploadNeeds = proof.Needs{Permission: domain.PermFileWrite}

// Upload stores a plain file.
type Upload struct {
	proof.Guard
	Files port.FileStore
	Media port.MediaOf
	Quota Quota
}

// UploadInput is the name that the client gives the file, and its content, which is read once.
type UploadInput struct {
	Name    string
	Content io.Reader
}

// Execute streams the content into the file store. The type of the file is decided by its first
// bytes, whatever its name; a type that is not accepted, or an empty file, is CodeInvalid. A file
// that exceeds the org's storage limit is CodeInsufficientStorage. The caller's permission and
// session are checked again at the end, because an upload can take long.
func (uc Upload) Execute(ctx context.Context, caller domain.Caller, in UploadInput) (file domain.File, err error) {
	err = uc.Allow(ctx, caller, UploadNeeds, func(access proof.Access) error {
		content, err := uc.Quota.bound(ctx, access, in.Content)
		if err != nil {
			return err
		}
		if file, err = uc.put(ctx, caller, in.Name, content); err != nil {
			return err
		}
		return stored{files: uc.Files, org: caller.Org.ID, id: file.ID}.record(ctx, access, func(tx proof.Unit) error {
			if err := tx.Files().Insert(ctx, file); err != nil {
				return err
			}
			if err := uc.Quota.settle(ctx, tx, file.Size, 0); err != nil {
				return err
			}
			return tx.Record(ctx, domain.EventFileStored, domain.OnFile(file.ID), details(file))
		})
	})
	return file, err
}

// put stores the content and returns the file that it is.
func (uc Upload) put(ctx context.Context, caller domain.Caller, name string, content io.Reader) (file domain.File, err error) {
	head := make([]byte, domain.FileHead)
	n, err := io.ReadFull(content, head)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return file, domain.Invalid("file", "must not be empty")
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return file, err
	}
	file, err = domain.NewFile(domain.FileID(uc.NewID()), name, uc.Media(head[:n]), caller.User.ID, uc.Clock())
	if err != nil {
		return file, err
	}
	file.Size, err = uc.Files.Put(ctx, caller.Org.ID, file.ID, io.MultiReader(bytes.NewReader(head[:n]), content))
	return file, err
}
