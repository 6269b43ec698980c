package webhook

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// answerOf returns what the status says. No other part of an answer is kept, except the header Retry-After of 429 and 503.
func answerOf(response *http.Response, now time.Time) port.WebhookAnswer {
	answer := port.WebhookAnswer{Status: response.StatusCode}
	switch {
	case response.StatusCode >= 200 && response.StatusCode < 300:
	case response.StatusCode >= 300 && response.StatusCode < 400:
		answer.Fault = domain.FaultRedirect
	default:
		answer.Fault = domain.FaultStatus
	}
	if response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusServiceUnavailable {
		answer.RetryAfter = retryAfter(response.Header.Get("Retry-After"), now)
	}
	return answer
}

// longestWait keeps a number of seconds from overflowing. The rules of the domain allow much less.
const longestWait = 24 * time.Hour

// retryAfter parses the header Retry-After (RFC 9110 §10.2.3); 0: it says nothing that can be understood.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(header, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestWait)
}
