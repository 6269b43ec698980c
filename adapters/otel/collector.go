package otel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

const (
	sendTimeout = 10 * time.Second // of one attempt, as in the specification of OTLP exporters
	attempts    = 4
)

// collector sends spans to a collector by OTLP over HTTP, in Protobuf. The client of the library, otlptracehttp, does the same but
// links gRPC, which makes the program a tenth larger and slower to compile.
type collector struct {
	url     string
	headers http.Header
	client  http.Client
	pause   time.Duration // before the second attempt; it doubles with each one
}

var _ otlptrace.Client = (*collector)(nil)

// newCollector returns the collector at an endpoint, with headers in the form of OTEL_EXPORTER_OTLP_HEADERS: name=value pairs
// with percent-encoded values, separated by commas.
func newCollector(endpoint, headers string) (*collector, error) {
	c := &collector{
		url: strings.TrimSuffix(endpoint, "/") + "/v1/traces", headers: http.Header{},
		client: http.Client{Timeout: sendTimeout}, pause: time.Second,
	}
	for pair := range strings.SplitSeq(headers, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, encoded, found := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(encoded))
		if err != nil || !found || strings.TrimSpace(name) == "" {
			return nil, errors.New("the headers for the collector must be name=value pairs, separated by commas")
		}
		c.headers.Set(strings.TrimSpace(name), value)
	}
	c.headers.Set("Content-Type", "application/x-protobuf")
	return c, nil
}

// Start implements otlptrace.Client. The connection is made when there is something to send.
func (c *collector) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *collector) Stop(context.Context) error {
	c.client.CloseIdleConnections()
	return nil
}

// UploadTraces implements otlptrace.Client. It tries again while the collector is unavailable, until ctx ends.
func (c *collector) UploadTraces(ctx context.Context, spans []*tracev1.ResourceSpans) error {
	// TracesData has the same encoding as ExportTraceServiceRequest, whose package needs gRPC.
	body, err := proto.Marshal(&tracev1.TracesData{ResourceSpans: spans})
	if err != nil {
		return err
	}
	for attempt, pause := 1, c.pause; ; attempt, pause = attempt+1, 2*pause {
		again, err := c.post(ctx, body)
		if err == nil || !again || attempt == attempts {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// post sends the body once. After an error, again says whether another attempt can succeed.
func (c *collector) post(ctx context.Context, body []byte) (again bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	request.Header = c.headers.Clone()
	response, err := c.client.Do(request)
	if err != nil {
		return ctx.Err() == nil, err
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)) // so that the connection can be used again
	switch status := response.StatusCode; {
	case status/100 == 2:
		return false, nil
	case status == http.StatusTooManyRequests, status >= 502 && status <= 504:
		return true, fmt.Errorf("the collector answered %s", response.Status)
	default:
		return false, fmt.Errorf("the collector answered %s", response.Status)
	}
}
