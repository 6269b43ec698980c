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
