package otel

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

func spans() []*tracev1.ResourceSpans {
	return []*tracev1.ResourceSpans{{ScopeSpans: []*tracev1.ScopeSpans{{Spans: []*tracev1.Span{{Name: "GET /me"}}}}}}
}

// serving returns a collector at a server that answers with the statuses in turn, and what the server received.
func serving(t *testing.T, headers string, statuses ...int) (*collector, *[]*http.Request) {
	t.Helper()
	received := &[]*http.Request{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent tracev1.TracesData
		raw, err := io.ReadAll(r.Body)
		if err != nil || proto.Unmarshal(raw, &sent) != nil || sent.ResourceSpans[0].ScopeSpans[0].Spans[0].Name != "GET /me" {
			t.Errorf("received %q", raw)
		}
		w.WriteHeader(statuses[len(*received)])
		*received = append(*received, r)
	}))
	t.Cleanup(server.Close)
	c, err := newCollector(server.URL+"/", headers)
	require.NoError(t, err)
	c.pause = time.Millisecond
	return c, received
}

func TestSpansAreSentWithTheHeaders(t *testing.T) {
	c, received := serving(t, "api-key=a%20b%3D, X-Tenant = acme ,", http.StatusOK)
	require.NoError(t, c.UploadTraces(t.Context(), spans()))
	require.Len(t, *received, 1)
	request := (*received)[0]
	require.Equal(t, "/v1/traces", request.URL.Path)
	require.Equal(t, "application/x-protobuf", request.Header.Get("Content-Type"))
	require.Equal(t, "a b=", request.Header.Get("Api-Key"))
	require.Equal(t, "acme", request.Header.Get("X-Tenant"))
	require.NoError(t, c.Stop(t.Context()))
}

func TestSpansAreSentAgainWhileTheCollectorIsUnavailable(t *testing.T) {
	c, received := serving(t, "", http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusOK)
	require.NoError(t, c.UploadTraces(t.Context(), spans()))
	require.Len(t, *received, 3)
}

func TestSpansThatTheCollectorRefusesAreSentOnce(t *testing.T) {
	c, received := serving(t, "", http.StatusBadRequest)
	require.ErrorContains(t, c.UploadTraces(t.Context(), spans()), "400")
	require.Len(t, *received, 1)
}

func TestSpansAreGivenUpAfterSomeAttempts(t *testing.T) {
	c, received := serving(t, "", 503, 503, 503, 503)
	require.ErrorContains(t, c.UploadTraces(t.Context(), spans()), "503")
	require.Len(t, *received, attempts)
}

func TestMalformedHeadersAreRefusedWithoutRepeatingThem(t *testing.T) {
	for _, headers := range []string{"secret", "a=%zz", "=secret"} {
		_, err := newCollector("http://localhost:4318", headers)
		require.ErrorContains(t, err, "name=value", headers)
		require.NotContains(t, err.Error(), "secret")
	}
}
