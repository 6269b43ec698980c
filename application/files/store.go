package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Store takes a plain file in.
type Store struct {
	Store port.Store
	Files port.FileStore
	Media port.MediaOf
	Quota Quota
	Clock port.Clock
	NewID port.NewID
}

// Upload is a file as it comes in: what the client calls it, and its bytes, once.
type Upload struct {
	Name    string
	Content io.Reader
}

// Execute streams the file to where it is kept. Its type is told by its first bytes, whatever
// its name; a type that is not accepted, or an empty file, is CodeInvalid. A file that exceeds the
// org's storage limit is CodeInsufficientStorage. The caller's permission and session are checked
// again at the end, because an upload can take long.
func (uc Store) Execute(ctx context.Context, caller domain.Caller, in Upload) (file domain.File, err error) {
	content, err := uc.Quota.bound(ctx, uc.Store, caller.Org.ID, in.Content)
	if err != nil {
		return file, err
	}
	head := make([]byte, domain.FileHead)
	n, err := io.ReadFull(content, head)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return file, domain.Invalid("body.file", "must not be empty")
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return file, err
	}
	file, err = domain.NewFile(domain.FileID(uc.NewID()), in.Name, uc.Media(head[:n]), caller.User.ID, uc.Clock())
	if err != nil {
		return file, err
	}
	file.Size, err = uc.Files.Put(ctx, caller.Org.ID, file.ID, io.MultiReader(bytes.NewReader(head[:n]), content))
	if err != nil {
		return file, err
	}
	return file, recorded(ctx, uc.Store, uc.Files, caller.Org.ID, file.ID, func(tx port.OrgTx) error {
		caller, err := application.Authorize(ctx, tx, caller, domain.PermFileWrite)
		if err != nil {
			return err
		}
		if err := signedIn(ctx, tx, caller, uc.Clock()); err != nil {
			return err
		}
		if err := tx.Files().Insert(ctx, file); err != nil {
			return err
		}
		if err := uc.Quota.settle(ctx, tx, file.Size, 0); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventFileStored, uc.NewID, caller, "file", string(file.ID), uc.Clock(), file))
	})
}

// signedIn refuses with ErrTokenRevoked a caller whose session has ended since the upload began.
// A platform operator's is in another org than the unit.
func signedIn(ctx context.Context, tx port.OrgTx, caller domain.Caller, now time.Time) error {
	if caller.ActingFor() {
		return nil
	}
	live, err := tx.Sessions().Live(ctx, caller.User.ID, now)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(live, func(s domain.Session) bool { return s.ID == caller.Session.ID }) {
		return domain.ErrTokenRevoked
	}
	return nil
}

// recorded runs the unit that makes a stored file known. When the unit is undone the file is
// taken away again. When nobody can tell whether it was committed the file stays: a row may
// name it, and the sweep finds out.
func recorded(ctx context.Context, store port.Store, files port.FileStore, org domain.OrgID, id domain.FileID, unit func(port.OrgTx) error) error {
	committing := false
	err := store.InOrg(ctx, org, func(tx port.OrgTx) error {
		committing = false
		if err := unit(tx); err != nil {
			return err
		}
		committing = true
		return nil
	})
	if err != nil && !committing {
		_ = files.Remove(context.WithoutCancel(ctx), org, id) // what is left the sweep removes
	}
	return err
}

// event is what the caller has done with a file.
func event(name domain.EventName, newID port.NewID, caller domain.Caller, resource, id string, now time.Time, file domain.File) domain.AuditEvent {
	e := application.Did(name, newID, caller, now, resource, id)
	e.Details = map[string]string{}
	if file.Media != "" {
		e.Details = map[string]string{"media": file.Media, "size": strconv.FormatInt(file.Size, 10)}
	}
	return e
}
