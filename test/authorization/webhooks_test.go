package authorization

import (
	"context"
	"maps"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/webhooks"
	"github.com/sole-platform/sole/domain"
)

func init() { maps.Copy(useCases, webhookUseCases) } //nolint:gochecknoinits // the table is too long for one file

// unsealed seals nothing: no use case gets as far as to store a secret.
type unsealed struct{ port.SecretBox }

func (unsealed) Seal(domain.Secret, port.Place) (domain.SealedSecret, error) { return "", nil }

func (w world) webhooks() webhooks.UseCases {
	return webhooks.New(webhooks.Deps{Guard: w.guard, Box: unsealed{}, Random: func(n int) []byte { return make([]byte, n) }})
}

var webhookUseCases = map[string]useCase{
	"webhooks.CreateNeeds": {
		needs: webhooks.CreateNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			return second(w.webhooks().Create.Execute(ctx, c, webhooks.CreateInput{}))
		},
	},
	"webhooks.DeliveriesNeeds": {needs: webhooks.DeliveriesNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		_, _, err := w.webhooks().Deliveries.Execute(ctx, c, "webhook", webhooks.DeliveriesInput{Limit: 1})
		return err
	}},
	"webhooks.GetNeeds": {needs: webhooks.GetNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(w.webhooks().Get.Execute(ctx, c, "webhook"))
	}},
	"webhooks.ListNeeds": {needs: webhooks.ListNeeds, run: func(ctx context.Context, w world, c domain.Caller) error {
		return second(w.webhooks().List.Execute(ctx, c))
	}},
	"webhooks.RemoveNeeds": {
		needs: webhooks.RemoveNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			return w.webhooks().Remove.Execute(ctx, c, "webhook", nil)
		},
	},
	"webhooks.ResendNeeds": {
		needs: webhooks.ResendNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			return w.webhooks().Resend.Execute(ctx, c, "webhook", "event")
		},
	},
	"webhooks.RotateSecretNeeds": {
		needs: webhooks.RotateSecretNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			return second(w.webhooks().RotateSecret.Execute(ctx, c, "webhook"))
		},
	},
	"webhooks.TestNeeds": {
		needs: webhooks.TestNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			return second(w.webhooks().Test.Execute(ctx, c, "webhook"))
		},
	},
	"webhooks.UpdateNeeds": {
		needs: webhooks.UpdateNeeds, changes: true, run: func(ctx context.Context, w world, c domain.Caller) error {
			return second(w.webhooks().Update.Execute(ctx, c, "webhook", webhooks.UpdateInput{}))
		},
	},
}
