package bootstrap

import "github.com/sole-platform/sole/domain"

// webhookRules returns what the deployment allows of the URLs of webhooks.
func (c Config) webhookRules() domain.WebhookRules {
	return domain.WebhookRules{PlainHTTP: !c.Production, Networks: c.WebhookNetworks}
}
