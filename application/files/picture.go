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

// SetPicture replaces the caller's own avatar, or the logo of their org.
type SetPicture struct {
	proof.Guard
	Files    port.FileStore
	Pictures port.Pictures
	Quota    Quota
}

// Execute stores the whole upload before it decodes the image, so that a slow client does not block
// others, and keeps only the redrawn image. Of parallel calls one wins and nothing of the others
// stays. An avatar is ErrProfileFixed when the org does not let its members edit their profiles;
// this and the permission for a logo are checked again at the end. A picture that exceeds the org's
// storage limit is CodeInsufficientStorage.
func (uc SetPicture) Execute(ctx context.Context, caller domain.Caller, of Subject, in UploadInput) (picture domain.File, err error) {
	if err := mayEdit(caller, of); err != nil {
		return picture, err
	}
	err = uc.Allow(ctx, caller, of.changeNeeds(), func(access proof.Access) error {
		if picture, err = uc.put(ctx, caller, of, in.Content); err != nil {
			return err
		}
		var before domain.File
		err := stored{files: uc.Files, org: caller.Org.ID, id: picture.ID}.record(ctx, access, func(tx proof.Unit) (err error) {
			before, err = uc.replace(ctx, tx, of, picture)
			return err
		})
		if err == nil && before.ID != "" {
			_ = uc.Files.Remove(context.WithoutCancel(ctx), caller.Org.ID, before.ID)
		}
		return err
	})
	return picture, err
}

// put stores the redrawn image and returns the file that it is.
func (uc SetPicture) put(ctx context.Context, caller domain.Caller, of Subject, upload io.Reader) (picture domain.File, err error) {
	content, media, err := uc.redraw(ctx, caller.Org.ID, upload)
	if err != nil {
		return picture, err
	}
	id, now := domain.FileID(uc.NewID()), uc.Clock()
	if picture = domain.NewLogo(id, caller.User.ID, media, now); of.Account != "" {
		picture = domain.NewAvatar(id, of.Account, media, now)
	}
	picture.Size, err = uc.Files.Put(ctx, caller.Org.ID, id, bytes.NewReader(content))
	return picture, err
}

// redraw stores the upload only until it is redrawn.
func (uc SetPicture) redraw(ctx context.Context, org domain.OrgID, upload io.Reader) (content []byte, media string, err error) {
	raw := domain.FileID(uc.NewID())
	if _, err := uc.Files.Put(ctx, org, raw, upload); err != nil {
		return nil, "", err
	}
	defer func() { _ = uc.Files.Remove(context.WithoutCancel(ctx), org, raw) }()
	image, err := uc.Files.Open(ctx, org, raw)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = image.Close() }()
	return uc.Pictures.Redraw(ctx, image)
}

// replace adds the row of the picture and returns the picture before it, zero when there was none.
func (uc SetPicture) replace(ctx context.Context, tx proof.Unit, of Subject, picture domain.File) (before domain.File, err error) {
	if err := uc.Quota.lock(ctx, tx); err != nil {
		return before, err
	}
	if err := of.requireEditable(ctx, tx); err != nil {
		return before, err
	}
	if before, err = tx.Files().Replace(ctx, picture); err != nil {
		return before, err
	}
	if err := uc.Quota.settle(ctx, tx, picture.Size, before.Size); err != nil {
		return before, err
	}
	return before, of.record(ctx, tx, domain.EventAvatarReplaced, domain.EventLogoReplaced, picture)
}

// RemovePicture removes the caller's own avatar, or the logo of their org.
type RemovePicture struct {
	proof.Guard
	Files port.FileStore
}

// Execute returns ErrNotFound when there is no picture, and the refusals of SetPicture.
func (uc RemovePicture) Execute(ctx context.Context, caller domain.Caller, of Subject) error {
	if err := mayEdit(caller, of); err != nil {
		return err
	}
	var before domain.File
	err := uc.Change(ctx, caller, of.changeNeeds(), func(tx proof.Unit) (err error) {
		if err := of.requireEditable(ctx, tx); err != nil {
			return err
		}
		if before, err = tx.Files().Forget(ctx, of.Kind(), of.Account); err != nil {
			return err
		}
		return of.record(ctx, tx, domain.EventAvatarRemoved, domain.EventLogoRemoved, before)
	})
	if err == nil {
		_ = uc.Files.Remove(context.WithoutCancel(ctx), caller.Org.ID, before.ID)
	}
	return err
}

// GetPicture returns a picture and its content.
type GetPicture struct {
	proof.Guard
	Files port.FileStore
}

// lookups is how often GetPicture reads the row of a picture that is replaced again and again.
const lookups = 5

// Execute returns ErrNotFound when there is no picture. The content must be closed. A picture that
// is replaced before its content is opened is read again.
func (uc GetPicture) Execute(
	ctx context.Context, caller domain.Caller, of Subject,
) (picture domain.File, content io.ReadCloser, err error) {
	for range lookups {
		before := picture.ID
		err = uc.Read(ctx, caller, of.readNeeds(caller), func(tx proof.Unit) (err error) {
			picture, err = tx.Files().Picture(ctx, of.Kind(), of.Account)
			return err
		})
		if err != nil {
			return picture, nil, err
		}
		content, err = uc.Files.Open(ctx, caller.Org.ID, picture.ID)
		if picture.ID == before || !errors.Is(err, domain.ErrNotFound) {
			break
		}
	}
	return picture, content, err
}
