package http

import (
	"bufio"
	"io"
	nethttp "net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestALeavingServerServesButIsNotReady: a proxy that checks readiness stops sending requests before the server stops, and a
// proxy that does not keeps no connection to it.
func TestALeavingServerServesButIsNotReady(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	conn := s.dial(t)
	reader := bufio.NewReader(conn)
	ask := func(path string) *nethttp.Response {
		_, err := conn.Write([]byte("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"))
		require.NoError(t, err)
		response, err := nethttp.ReadResponse(reader, nil)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		return response
	}
	kept := ask("/api/v1/health/ready")
	require.Equal(t, 200, kept.StatusCode)
	require.False(t, kept.Close)

	s.Leave()
	require.False(t, s.Ready(t.Context()))
	last := ask("/.well-known/jwks.json")
	require.Equal(t, 200, last.StatusCode)
	require.True(t, last.Close, "the connection is not kept")
	for path, status := range map[string]int{"/health/ready": 503, "/health": 503, "/health/live": 200, "/nothing": 404} {
		replies := s.send(t, "GET "+base+path+" HTTP/1.1\r\nHost: a\r\n\r\n")
		require.Len(t, replies, 1, path)
		require.Equal(t, status, replies[0].StatusCode, path)
		require.True(t, replies[0].Close, "%s: %s", path, strings.TrimSpace(replies[0].raw))
	}
}
