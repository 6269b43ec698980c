package files

import (
	"context"
	"io"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// GetLogo returns the logo of an org to anyone: the sign-in shows it beside the name of the org.
type GetLogo struct {
	Store port.Store
	Files port.FileStore
}

// Execute returns ErrNotFound if the org has no logo, is suspended or does not exist. The content must be closed.
func (uc GetLogo) Execute(ctx context.Context, id domain.OrgID) (logo domain.File, content io.ReadCloser, err error) {
	err = uc.Store.ReadOrg(ctx, id, func(tx port.OrgTx) error {
		org, err := tx.Org().Get(ctx)
		if err != nil || !org.Active() {
			return domain.ErrNotFound
		}
		logo, err = tx.Files().Picture(ctx, domain.FileLogo, "")
		return err
	})
	if err != nil {
		return logo, nil, err
	}
	content, err = uc.Files.Open(ctx, id, logo.ID)
	return logo, content, err
}
