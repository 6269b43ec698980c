package files

import (
	"context"
	"io"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Quota is how many bytes the files of an org may use; zero means no limit.
type Quota int64

// bound returns a reader of content that fails as soon as content no longer fits into the org's
// storage. Parallel uploads may all rely on the same free storage, so settle checks again.
func (q Quota) bound(ctx context.Context, access proof.Access, content io.Reader) (io.Reader, error) {
	if q == 0 {
		return content, nil
	}
	storage := domain.Storage{Limit: int64(q)}
	err := access.Read(ctx, func(tx proof.Unit) (err error) {
		storage.Used, err = tx.Files().Used(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &bounded{content: content, storage: storage}, storage.Admit(1, 0)
}

// bounded reads content that must fit into the storage.
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

// settle returns an error when a file of size bytes, which is recorded already and replaces one of
// freed bytes, does not fit. The unit must have locked the org.
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
