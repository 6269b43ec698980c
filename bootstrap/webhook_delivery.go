package bootstrap

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"time"

	"github.com/sole-platform/sole/adapters/webhook"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/webhooks"
	"github.com/sole-platform/sole/domain"
)

// dispatchInterval is the longest time that an event waits until a job sends it, apart from the interval of the queue.
const dispatchInterval = time.Second

// prefixes returns networks. An IPv4 network that is written as IPv6 becomes the IPv4 network.
func (p *parser) prefixes(key string) []netip.Prefix {
	var networks []netip.Prefix
	for _, text := range p.list(key) {
		network, err := netip.ParsePrefix(text)
		if address := network.Addr(); err == nil && address.Is4In6() && network.Bits() >= 96 {
			network = netip.PrefixFrom(address.Unmap(), network.Bits()-96)
		}
		if err != nil || network != network.Masked() {
			p.fault(`%s: write networks such as ["10.20.0.0/16"], without bits after the prefix`, key)
			break
		}
		networks = append(networks, network)
	}
	return networks
}

// dispatchWebhooks enqueues jobs for the webhooks that have something to send, until ctx ends.
func (app *App) dispatchWebhooks(ctx context.Context) {
	dispatch := webhooks.Dispatch{Store: app.Store, Clock: app.clock}
	for level := slog.LevelWarn; pause(ctx, dispatchInterval) == nil; {
		err := dispatch.Execute(ctx)
		if err == nil {
			level = slog.LevelWarn
			continue
		}
		if !errors.Is(err, domain.ErrUnavailable) && ctx.Err() == nil { // an outage of the database is logged elsewhere
			app.Logger.Log(ctx, level, "the webhooks that are due could not be read; they will be", slog.Any("error", err))
			level = slog.LevelDebug
		}
	}
}

// deliverWebhooks returns the use case that sends to receivers.
func (app *App) deliverWebhooks() webhooks.Deliver {
	return webhooks.Deliver{
		Store: app.Store, Sender: webhook.New(webhook.Config{Version: built().Version, Allowed: app.Config.WebhookNetworks}),
		Secrets: app.SecretKeys, Clock: app.clock, NewID: newID, Pause: pause, Random: rand.Float64,
		Gate: webhooks.NewGate(max(1, runtime.GOMAXPROCS(0)/2)), Ending: app.ending.Done(), Watch: app.watchWebhooks(),
	}
}

// watchWebhooks counts attempts, and logs what an operator should know. URLs are not logged: they can contain secrets.
func (app *App) watchWebhooks() webhooks.Watch {
	log := func(ctx context.Context, level slog.Level, message string, at port.OrgWebhook, more ...slog.Attr) {
		attrs := []slog.Attr{slog.String("org_id", string(at.Org)), slog.String("webhook_id", string(at.Webhook))}
		app.Logger.LogAttrs(ctx, level, message, append(attrs, more...)...)
	}
	return webhooks.Watch{
		Attempted: func(answer port.WebhookAnswer, took time.Duration) {
			if app.metrics != nil {
				app.metrics.WebhookAttempt(string(answer.Fault), took)
			}
		},
		Paused: func(ctx context.Context, at port.OrgWebhook, last port.WebhookAnswer) {
			log(ctx, slog.LevelWarn, "the receiver of a webhook fails; its deliveries wait", at,
				slog.String("fault", string(last.Fault)), slog.Int("status", last.Status))
		},
		Resumed: func(ctx context.Context, at port.OrgWebhook) {
			log(ctx, slog.LevelInfo, "the receiver of a webhook works again", at)
		},
		Unreadable: func(ctx context.Context, at port.OrgWebhook) {
			log(ctx, slog.LevelError, "the secret of a webhook cannot be decrypted, so its deliveries wait: "+
				"set SECRET_KEY or SECRET_KEY_FALLBACKS to the key that encrypted it, or have an administrator replace the secret", at)
		},
	}
}
