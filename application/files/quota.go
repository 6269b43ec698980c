package files

import (
	"context"
	"io"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Quota is how many bytes the files of an org may take; zero is any number.
type Quota int64

// bound ends content as soon as it has more bytes than the org has room for. Parallel uploads may
// all count on the same room: settle decides.
func (q Quota) bound(ctx context.Context, store port.Store, org domain.OrgID, content io.Reader) (io.Reader, error) {
	if q == 0 {
		return content, nil
	}
	storage := domain.Storage{Limit: int64(q)}
	err := store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
		storage.Used, err = tx.Files().Used(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &bounded{content: content, storage: storage}, storage.Admit(1, 0)
}

// bounded is content that must fit.
type bounded struct {
	content io.Reader
	storage domain.Storage
	size    int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.content.Read(p)
	b.size += int64(n)
	if full := b.storage.Admit(b.size, 0); full != nil {
		return 0, full
	}
	return n, err
}

// lock keeps other units from adding files to the org until this one ends.
func (q Quota) lock(ctx context.Context, tx port.OrgTx) error {
	if q == 0 {
		return nil
	}
	_, err := tx.Org().Lock(ctx)
	return err
}

// settle refuses a file that is already recorded and does not fit, in place of one of freed bytes.
// The org is locked.
func (q Quota) settle(ctx context.Context, tx port.OrgTx, size, freed int64) error {
	if q == 0 {
		return nil
	}
	used, err := tx.Files().Used(ctx)
	if err != nil {
		return err
	}
	return domain.Storage{Used: used - size + freed, Limit: int64(q)}.Admit(size, freed)
}
