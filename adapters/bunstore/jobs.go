package bunstore

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

type jobs struct{ *orgTx }

// Enqueue implements port.Jobs.
func (r jobs) Enqueue(ctx context.Context, job port.Job) error {
	return r.dialect.translate(r.hooks.Queue.Enqueue(ctx, r.db.Tx, r.org, job))
}

type emails struct{ *orgTx }

// Send implements port.Emails.
func (r emails) Send(ctx context.Context, message domain.EmailMessage) error {
	return jobs(r).Enqueue(ctx, port.EmailJob{Message: message})
}
