package bunstore

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

type letters struct{ *orgTx }

// Send hands the letter to whoever keeps the queue, in this very transaction.
func (r letters) Send(ctx context.Context, letter domain.Letter) error {
	if r.post == nil {
		return nil
	}
	return r.dialect.translate(r.post(ctx, r.db.Tx, r.org, letter))
}
