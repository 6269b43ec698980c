package webhook

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/sole-platform/sole/application/port"
)

// sign sets the headers of Standard Webhooks for a body. Each secret adds a signature, separated by spaces.
func sign(header http.Header, message port.WebhookMessage, body []byte) error {
	signatures := make([]string, len(message.Secrets))
	for i, secret := range message.Secrets {
		signer, err := standardwebhooks.NewWebhook(secret.Reveal())
		if err != nil {
			return errors.New("webhook: a secret is not base64 after whsec_")
		}
		if signatures[i], err = signer.Sign(string(message.ID), message.At, body); err != nil {
			return errors.New("webhook: the delivery cannot be signed")
		}
	}
	header.Set(standardwebhooks.HeaderWebhookID, string(message.ID))
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(message.At.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return nil
}
