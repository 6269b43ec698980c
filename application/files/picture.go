package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Subject is whose picture is meant: an account's avatar or, without an account, the org's logo.
type Subject struct{ Account domain.UserID }

// Kind is what the picture is.
func (s Subject) Kind() domain.FileKind {
	if s.Account == "" {
		return domain.FileLogo
	}
	return domain.FileAvatar
}

// event tells of an avatar, or of a logo, as what happened to the account or to the org.
func (s Subject) event(avatar, logo domain.EventName, newID port.NewID, caller domain.Caller, now time.Time, picture domain.File) domain.AuditEvent {
	if s.Account != "" {
		return event(avatar, newID, caller, "account", string(s.Account), now, picture)
	}
	return event(logo, newID, caller, "org", string(caller.Org.ID), now, picture)
}

// SetPicture replaces the caller's own avatar, or the logo of their org.
type SetPicture struct {
	Store    port.Store
	Files    port.FileStore
	Pictures port.Pictures
	Quota    Quota
	Clock    port.Clock
	NewID    port.NewID
}

// Execute takes the image in whole before it is decoded, so that a slow client holds up no
// other, and keeps what is drawn anew only. Of parallel calls one stands and nothing of the
// others stays. An avatar is refused with ErrProfileFixed where the org does not let its
// members edit themselves; a logo needs org.update. Both are checked again at the end. A picture
// that exceeds the org's storage limit is CodeInsufficientStorage.
func (uc SetPicture) Execute(ctx context.Context, caller domain.Caller, of Subject, in Upload) (picture domain.File, err error) {
	if err := mayEdit(caller, of); err != nil {
		return picture, err
	}
	content, media, err := uc.redraw(ctx, caller.Org.ID, in.Content)
	if err != nil {
		return picture, err
	}
	id, now := domain.FileID(uc.NewID()), uc.Clock()
	if picture = domain.NewLogo(id, caller.User.ID, media, now); of.Account != "" {
		picture = domain.NewAvatar(id, of.Account, media, now)
	}
	if picture.Size, err = uc.Files.Put(ctx, caller.Org.ID, id, bytes.NewReader(content)); err != nil {
		return picture, err
	}
	var before domain.File
	err = recorded(ctx, uc.Store, uc.Files, caller.Org.ID, id, func(tx port.OrgTx) (err error) {
		if err := uc.Quota.lock(ctx, tx); err != nil {
			return err
		}
		caller, err := mayStill(ctx, tx, caller, of)
		if err != nil {
			return err
		}
		if err := signedIn(ctx, tx, caller, uc.Clock()); err != nil {
			return err
		}
		if before, err = tx.Files().Replace(ctx, picture); err != nil {
			return err
		}
		if err := uc.Quota.settle(ctx, tx, picture.Size, before.Size); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, of.event(domain.EventAvatarReplaced, domain.EventLogoReplaced, uc.NewID, caller, uc.Clock(), picture))
	})
	if err == nil && before.ID != "" {
		_ = uc.Files.Remove(context.WithoutCancel(ctx), caller.Org.ID, before.ID)
	}
	return picture, err
}

// redraw keeps the image as it came only until it is drawn anew.
func (uc SetPicture) redraw(ctx context.Context, org domain.OrgID, content io.Reader) ([]byte, string, error) {
	raw := domain.FileID(uc.NewID())
	if _, err := uc.Files.Put(ctx, org, raw, content); err != nil {
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

// RemovePicture takes the caller's own avatar, or the logo of their org, away.
type RemovePicture struct {
	Store port.Store
	Files port.FileStore
	Clock port.Clock
	NewID port.NewID
}

// Execute answers ErrNotFound where there is none, and refuses as SetPicture does.
func (uc RemovePicture) Execute(ctx context.Context, caller domain.Caller, of Subject) error {
	if err := mayEdit(caller, of); err != nil {
		return err
	}
	var before domain.File
	err := uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
		caller, err := mayStill(ctx, tx, caller, of)
		if err != nil {
			return err
		}
		if before, err = tx.Files().Forget(ctx, of.Kind(), of.Account); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, of.event(domain.EventAvatarRemoved, domain.EventLogoRemoved, uc.NewID, caller, uc.Clock(), before))
	})
	if err == nil {
		_ = uc.Files.Remove(context.WithoutCancel(ctx), caller.Org.ID, before.ID)
	}
	return err
}

// GetPicture hands a picture out.
type GetPicture struct {
	Store port.Store
	Files port.FileStore
}

// Execute answers ErrNotFound where there is none. Whoever asked closes the content. A picture
// that is replaced before its content is opened is looked up again.
func (uc GetPicture) Execute(ctx context.Context, caller domain.Caller, of Subject) (picture domain.File, content io.ReadCloser, err error) {
	for range lookups {
		before := picture.ID
		if picture, err = uc.known(ctx, caller.Org.ID, of); err != nil {
			return picture, nil, err
		}
		content, err = uc.Files.Open(ctx, caller.Org.ID, picture.ID)
		if picture.ID == before || !errors.Is(err, domain.ErrNotFound) {
			break
		}
	}
	return picture, content, err
}

const lookups = 5

func (uc GetPicture) known(ctx context.Context, org domain.OrgID, of Subject) (picture domain.File, err error) {
	err = uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) error {
		picture, err = tx.Files().Picture(ctx, of.Kind(), of.Account)
		return err
	})
	return picture, err
}

// mayEdit refuses an avatar where the org keeps profiles fixed.
func mayEdit(caller domain.Caller, of Subject) error {
	if of.Account == "" {
		return nil
	}
	return caller.MayEditProfile()
}

// mayStill asks again inside the unit, for an upload can be long: for an avatar what the account
// and the org's settings are now, for a logo what the caller may.
func mayStill(ctx context.Context, tx port.OrgTx, caller domain.Caller, of Subject) (domain.Caller, error) {
	if of.Account == "" {
		return application.Authorize(ctx, tx, caller, domain.PermOrgUpdate)
	}
	user, err := tx.Users().Get(ctx, of.Account)
	if err != nil {
		return caller, err
	}
	if !user.Active() {
		return caller, domain.ErrAccountSuspended
	}
	if caller.Settings, err = tx.Org().Settings(ctx); err != nil {
		return caller, err
	}
	return caller, mayEdit(caller, of)
}
