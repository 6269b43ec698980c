package http

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// server runs the API with use cases that have no dependencies: a request that reaches one panics.
type server struct {
	*Server
	address string
	log     *buffer
}

type buffer = harness.Output

func start(t *testing.T, adjust func(*Server)) server {
	t.Helper()
	return run(t, func(*Options) {}, adjust)
}

// startWith is start with other options.
func startWith(t *testing.T, adjust func(*Options)) server {
	t.Helper()
	return run(t, adjust, nil)
}

func run(t *testing.T, with func(*Options), adjust func(*Server)) server {
	t.Helper()
	log := &buffer{}
	options := Options{
		Version: "test", DefaultOrg: "00000000-0000-4000-8000-000000000001", RequestTimeout: 10 * time.Second, BodyLimit: 512 << 10,
		NewID: uuid.NewString, Clock: time.Now, JWKS: func() []byte { return []byte("{}") }, Logger: slog.New(slog.NewJSONHandler(log, nil)),
	}
	options.PasskeyOrigins = []string{"https://id.example.org"}
	with(&options)
	s := New(UseCases{}, options)
	if adjust != nil {
		adjust(s)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, s.Shutdown(ctx))
		require.NoError(t, <-served)
	})
	return server{Server: s, address: listener.Addr().String(), log: log}
}

// reply is one response as it was received.
type reply struct {
	*nethttp.Response
	raw  string
	body map[string]any
}

// send writes raw bytes and reads every response until no more bytes arrive or the connection is closed.
func (s server) send(t *testing.T, raw string) []reply {
	t.Helper()
	return s.wait(t, raw, 400*time.Millisecond)
}

func (s server) wait(t *testing.T, raw string, patience time.Duration) []reply {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetWriteDeadline(time.Now().Add(5*time.Second)))
	_, _ = io.WriteString(conn, raw) // the other side may have closed already
	var got bytes.Buffer
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	_, _ = io.Copy(&got, conn)
	var replies []reply
	reader, asked := bufio.NewReader(&got), &nethttp.Request{Method: strings.SplitN(raw, " ", 2)[0]}
	for {
		if _, err := reader.Peek(1); err != nil {
			return replies
		}
		response, err := nethttp.ReadResponse(reader, asked)
		if err != nil && asked.Method == nethttp.MethodHead {
			return replies // a request that cannot be parsed gets a body, even for HEAD
		}
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		r := reply{Response: response, raw: string(body)}
		_ = json.Unmarshal(body, &r.body)
		replies = append(replies, r)
	}
}

// isProblem requires a complete problem document.
func (r reply) isProblem(t *testing.T, about string) {
	t.Helper()
	require.GreaterOrEqual(t, r.StatusCode, 400, about)
	require.Equal(t, problemJSON, r.Header.Get("Content-Type"), "%s: %s", about, r.raw)
	require.EqualValues(t, r.StatusCode, r.body["status"], about)
	for _, member := range []string{"type", "title", "detail", "instance", "code", "request_id"} {
		require.NotEmpty(t, r.body[member], "%s: %s in %s", about, member, r.raw)
	}
	require.Equal(t, r.Header.Get("X-Request-Id"), r.body["request_id"], about)
	require.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"), about)
	require.Equal(t, "no-store", r.Header.Get("Cache-Control"), about)
}

// isFailure requires a complete failure in the form of the path.
func (r reply) isFailure(t *testing.T, path string) {
	t.Helper()
	if !ofOAuth(path) {
		r.isProblem(t, path)
		return
	}
	require.GreaterOrEqual(t, r.StatusCode, 400, path)
	require.Equal(t, oauthJSON, r.Header.Get("Content-Type"), "%s: %s", path, r.raw)
	require.Len(t, r.body, 2, path)
	require.Regexp(t, "^[a-z_]+$", r.body["error"], path)
	require.Regexp(t, `^[\x20-\x21\x23-\x5b\x5d-\x7e]+$`, r.body["error_description"], path) // RFC 6749 §5.2
	require.Equal(t, "no-store", r.Header.Get("Cache-Control"), path)
	require.Equal(t, "no-cache", r.Header.Get("Pragma"), path)
}

func (s server) alive(t *testing.T) {
	t.Helper()
	replies := s.send(t, "GET /api/v1/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	require.Len(t, replies, 1)
	require.Equal(t, 200, replies[0].StatusCode)
}

func post(path string, body string, headers ...string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n" + strings.Join(headers, "\r\n") +
		map[bool]string{true: "\r\n"}[len(headers) > 0] + "\r\n" + body
}
