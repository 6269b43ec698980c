package account

import (
	"cmp"
	"errors"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/domain"
)

// ownPicture is the picture of the caller's account.
func ownPicture(caller domain.Caller) files.Subject { return files.Subject{Account: caller.User.ID} }

// picture answers with the caller's picture, or with their initials.
func (p Pages) picture(r *page.Request) error {
	picture, content, err := p.Files.GetPicture.Execute(r.Context(), r.Caller, ownPicture(r.Caller))
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return r.SendMonogram(cmp.Or(r.Caller.User.FullName, string(r.Caller.User.Email)))
	case err != nil:
		return err
	}
	return r.SendPicture(picture, content)
}

func (p Pages) setPicture(r *page.Request) error {
	upload, err := r.Upload()
	if err == nil {
		_, err = p.Files.SetPicture.Execute(r.Context(), r.Caller, ownPicture(r.Caller), upload)
	}
	return p.pictureChanged(r, err, "picture_changed")
}

func (p Pages) removePicture(r *page.Request) error {
	err := p.Files.RemovePicture.Execute(r.Context(), r.Caller, ownPicture(r.Caller))
	if errors.Is(err, domain.ErrNotFound) { // it was removed already
		err = nil
	}
	return p.pictureChanged(r, err, "picture_removed")
}

func (p Pages) pictureChanged(r *page.Request, err error, done string) error {
	if err == nil {
		r.PictureChanged()
		return r.Done("/account", done)
	}
	shown := r.Errors(err)
	if shown.Interrupts() {
		return err
	}
	return p.showProfile(r, profileRefusals{picture: shown})
}
