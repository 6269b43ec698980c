package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// The bounds of an attempt.
const (
	attemptTimeout = 15 * time.Second
	dialTimeout    = 5 * time.Second // of one address of a host
	bodyTimeout    = time.Second     // after which the rest of an answer is not waited for
	maxHeader      = 64 << 10        // bytes
	maxBody        = 64 << 10        // bytes that are read so that the connection can be used again
	idlePerHost    = 8
	idleInAll      = 256
	idleTimeout    = 60 * time.Second
)

// Config is what a Sender needs.
type Config struct {
	Version string         // of this build, for the header User-Agent
	Allowed []netip.Prefix // networks that may be called although they are private
}

// Sender implements port.WebhookSender. It is safe for concurrent use.
type Sender struct {
	client    *http.Client
	userAgent string
}

var _ port.WebhookSender = (*Sender)(nil)

// New returns a sender. It uses no proxy: a proxy would resolve names itself and connect to addresses that are forbidden here.
func New(c Config) *Sender {
	return newSender(c, &net.Dialer{Timeout: dialTimeout, Control: newGuard(c.Allowed).control})
}

func newSender(c Config, dialer *net.Dialer) *Sender {
	return &Sender{userAgent: "SOLE-Webhooks/" + c.Version, client: &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			ForceAttemptHTTP2:      true,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    attemptTimeout,
			HTTP2:                  &http.HTTP2Config{SendPingTimeout: attemptTimeout, PingTimeout: dialTimeout},
			DisableCompression:     true, // the answer is not read, so nothing is unpacked
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConnsPerHost:    idlePerHost,
			MaxIdleConns:           idleInAll,
			IdleConnTimeout:        idleTimeout,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Send implements port.WebhookSender.
func (s *Sender) Send(ctx context.Context, message port.WebhookMessage) port.WebhookAnswer {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	request, err := s.request(ctx, message)
	if err != nil {
		return port.WebhookAnswer{Fault: domain.FaultUnreachable}
	}
	response, err := s.client.Do(request)
	if err != nil {
		return port.WebhookAnswer{Fault: faultOf(err)}
	}
	defer func() { _ = response.Body.Close() }()
	discard(response.Body, cancel)
	return answerOf(response, message.At)
}

func (s *Sender) request(ctx context.Context, message port.WebhookMessage) (*http.Request, error) {
	body := encoded(message.Body)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, message.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", s.userAgent)
	return request, sign(request.Header, message, body)
}

// discard reads the rest of an answer, if it is short and arrives soon, so that the connection can be used again.
func discard(body io.Reader, cancel context.CancelFunc) {
	timer := time.AfterFunc(bodyTimeout, cancel)
	defer timer.Stop()
	_, _ = io.CopyN(io.Discard, body, maxBody) // the status has arrived, and nothing else counts
}

// faultOf returns why there was no answer.
func faultOf(err error) domain.DeliveryFault {
	var (
		failed      net.Error
		certificate *tls.CertificateVerificationError
		operation   *net.OpError
	)
	switch {
	case errors.Is(err, errForbidden):
		return domain.FaultForbidden
	case errors.As(err, &certificate), errors.Is(err, http.ErrSchemeMismatch),
		errors.As(err, &operation) && (operation.Op == "remote error" || operation.Op == "local error"): // alerts of TLS
		return domain.FaultTLS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &failed) && failed.Timeout():
		return domain.FaultTimeout
	}
	return domain.FaultUnreachable
}
