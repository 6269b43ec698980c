package webhooks

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	// reservation is how long a webhook stays reserved for a job. A job renews it before each batch. If its process is
	// killed, another one goes on after this time.
	reservation = 30 * time.Second
	// lookFor is how many webhooks are reserved before Dispatch looks again.
	lookFor = 100
)

// Dispatch reserves the webhooks that have deliveries to send, and enqueues a job for each.
type Dispatch struct {
	Store port.Store
	Clock port.Clock
}

// Execute is called about every second. Without deliveries that are due it costs one query.
func (uc Dispatch) Execute(ctx context.Context) error {
	for {
		due, err := uc.Store.Platform().DueWebhooks(ctx, uc.Clock(), lookFor)
		if err != nil {
			return err
		}
		for _, webhook := range due {
			if err := uc.dispatch(ctx, webhook); err != nil {
				return err
			}
		}
		if len(due) < lookFor {
			return nil
		}
	}
}

// dispatch does nothing if another process reserved the webhook first.
func (uc Dispatch) dispatch(ctx context.Context, webhook port.OrgWebhook) error {
	err := uc.Store.InOrg(ctx, webhook.Org, func(tx port.OrgTx) error {
		now := uc.Clock()
		until := now.Add(reservation)
		claimed, err := tx.Webhooks().Claim(ctx, webhook.Webhook, now, until)
		if err != nil || !claimed {
			return err
		}
		return tx.Jobs().Enqueue(ctx, DeliverJob{Webhook: webhook.Webhook, Held: until})
	})
	if errors.Is(err, domain.ErrOrgNotFound) {
		return nil
	}
	return err
}
