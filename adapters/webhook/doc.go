// Package webhook sends deliveries to the receivers of webhooks over HTTP, as Standard Webhooks (standardwebhooks.com) says.
// Their URLs are chosen by administrators of orgs, so no URL may lead to the service's own network.
package webhook
