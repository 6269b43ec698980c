package http

import (
	"bufio"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"
)

// hasty is short enough for a test to wait for.
var hasty = Patience{Read: 600 * time.Millisecond, Write: 600 * time.Millisecond, Idle: 600 * time.Millisecond}

// dial opens a connection with a deadline, so that a test fails instead of waiting for ever.
func (s server) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	return conn
}

// trickle writes the text byte by byte until a write fails.
func trickle(conn net.Conn, text string, every time.Duration) {
	for i := range len(text) {
		if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
			return
		}
		time.Sleep(every)
	}
}

// TestSlowClientsAreCut checks that the connection of a client that sends slowly is closed long before
// the request would be complete, with a response or without one.
func TestSlowClientsAreCut(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(o *Options) { o.Patience = hasty })
	head := post("/api/v1/auth/login", "", "Content-Length: 400")
	for name, c := range map[string]struct{ at, slowly string }{
		"the head":          {"", live + strings.Repeat("X-A: b\r\n", 50) + "\r\n"},
		"an announced body": {head, strings.Repeat(" ", 400)},
		"a body in chunks":  {post("/api/v1/auth/login", "", "Transfer-Encoding: chunked"), "190\r\n" + strings.Repeat(" ", 400)},
		"a body after a hint": {strings.Replace(head, "Content-Length", "Expect: 100-continue\r\nContent-Length", 1),
			strings.Repeat(" ", 400)},
		"nothing more":                  {live, ""},
		"nothing at all":                {"", ""},
		"the second head on a line":     {live + "\r\n", live + strings.Repeat("X-A: b\r\n", 50) + "\r\n"},
		"nothing after the first reply": {live + "\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := s.dial(t)
			_, err := io.WriteString(conn, c.at)
			require.NoError(t, err)
			go trickle(conn, c.slowly, 50*time.Millisecond) // would take twenty seconds
			began, reader := time.Now(), bufio.NewReader(conn)
			for {
				response, err := nethttp.ReadResponse(reader, nil)
				if err != nil {
					break
				}
				if response.StatusCode >= 400 {
					require.Equal(t, nethttp.StatusRequestTimeout, response.StatusCode)
					require.Equal(t, problemJSON, response.Header.Get("Content-Type"))
				}
				_, err = io.Copy(io.Discard, response.Body)
				require.NoError(t, err)
			}
			require.Less(t, time.Since(began), 8*time.Second, "still open")
		})
	}
}

// TestAClientThatDoesNotReadIsCut requests more than the buffers of the connection hold and reads nothing.
func TestAClientThatDoesNotReadIsCut(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(o *Options) { o.Patience = hasty })
	conn := s.dial(t)
	for range 20 {
		_, err := io.WriteString(conn, "GET /docs/assets/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n")
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return s.Traffic().Connections == 1 }, 5*time.Second, 5*time.Millisecond)
	require.Eventually(t, func() bool { return s.Traffic().Connections == 0 }, 10*time.Second, 20*time.Millisecond)
}

func TestDefaultPatience(t *testing.T) {
	t.Parallel()
	s := New(UseCases{}, Options{})
	require.Equal(t, defaultPatience, s.Patience)
	require.Equal(t, s.Patience.Read, s.app.Server().ReadTimeout)
	require.Equal(t, s.Patience.Write, s.app.Server().WriteTimeout)
	require.Equal(t, s.Patience.Idle, s.app.Server().IdleTimeout)
	for _, wait := range []time.Duration{s.Patience.Read, s.Patience.Write, s.Patience.Idle} {
		require.Greater(t, wait, time.Second)
		require.Less(t, wait, 2*time.Minute)
	}
}

func TestLargeHeadersAndBodiesGetProblemDocuments(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	announced := func(size int) string { return post("/api/v1/auth/login", "", fmt.Sprint("Content-Length: ", size)) }
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 1<<20, strings.Repeat(" ", 1<<20))
	for name, c := range map[string]struct {
		raw    string
		status int
	}{
		"a header":           {live + "X-A: " + strings.Repeat("x", 20<<10) + "\r\n\r\n", 431},
		"many headers":       {live + strings.Repeat("X-A: xxxxxxxxxxxxxxxxxxxxxxxxx\r\n", 1000) + "\r\n", 431},
		"an address":         {"GET /" + strings.Repeat("x", 20<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n", 431},
		"a body of 3 MB":     {announced(3<<20) + strings.Repeat(" ", 3<<20), 413},
		"a body in 3 chunks": {post("/api/v1/auth/login", "", "Transfer-Encoding: chunked") + chunk + chunk + chunk + "0\r\n\r\n", 413},
		"a body of 4 GB":     {announced(4<<30) + strings.Repeat(" ", readLimit), 413},
	} {
		t.Run(name, func(t *testing.T) {
			replies := s.wait(t, c.raw, 5*time.Second)
			require.Len(t, replies, 1)
			require.Equal(t, c.status, replies[0].StatusCode)
			replies[0].isProblem(t, name)
		})
	}
	s.alive(t)
}

// held runs a server whose route /held answers when release is called.
func held(t *testing.T, adjust func(*Options)) (s server, release func()) {
	t.Helper()
	gate := make(chan struct{})
	s = run(t, adjust, func(s *Server) {
		s.app.Get("/held", func(c *fiber.Ctx) error {
			<-gate
			return c.SendString("done")
		})
	})
	var once atomic.Bool
	release = func() {
		if once.CompareAndSwap(false, true) {
			close(gate)
		}
	}
	t.Cleanup(release)
	return s, release
}

// TestRequestsBeyondTheLimitAreRefused checks that requests beyond the limit are refused immediately with
// Retry-After, that health is still answered, and that no accepted request fails.
func TestRequestsBeyondTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	const limit, more = 8, 200
	s, release := held(t, func(o *Options) { o.MaxRequests = limit })
	raw := "GET /held HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	served := make(chan int, limit)
	for range limit {
		conn := s.dial(t)
		_, err := io.WriteString(conn, raw)
		require.NoError(t, err)
		go func() {
			response, err := nethttp.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				served <- 0
				return
			}
			served <- response.StatusCode
		}()
	}
	require.Eventually(t, func() bool { return s.load.inFlight.Load() == limit }, 30*time.Second, time.Millisecond)
	refused := make(chan []reply, more)
	for range more {
		go func() { refused <- s.wait(t, raw, 30*time.Second) }()
	}
	for range more {
		replies := <-refused
		require.Len(t, replies, 1)
		r := replies[0]
		require.Equal(t, 503, r.StatusCode)
		r.isProblem(t, "shed")
		require.Equal(t, "unavailable", r.body["code"])
		require.Equal(t, "1", r.Header.Get("Retry-After"))
	}
	s.alive(t)
	require.EqualValues(t, more, s.Traffic().Shed)
	release()
	for range limit {
		require.Equal(t, 200, <-served)
	}
	require.Eventually(t, func() bool { return s.load.inFlight.Load() == 0 }, 5*time.Second, time.Millisecond)
	replies := s.send(t, raw)
	require.Equal(t, 200, replies[0].StatusCode, "requests are accepted again")
}

func TestConnectionsBeyondTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(o *Options) { o.MaxConnections = 3 })
	var open []net.Conn
	for range 3 {
		open = append(open, s.dial(t))
	}
	require.Eventually(t, func() bool { return s.Traffic().Connections == 3 }, 5*time.Second, time.Millisecond)
	for range 5 {
		conn := s.dial(t)
		_, _ = io.WriteString(conn, live+"\r\n")
		response, err := nethttp.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		require.Equal(t, 503, response.StatusCode)
		require.Equal(t, "1", response.Header.Get("Retry-After"))
		require.Equal(t, problemJSON, response.Header.Get("Content-Type"))
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Contains(t, string(text), `"code":"unavailable"`)
	}
	require.EqualValues(t, 5, s.Traffic().Refused)
	require.NoError(t, open[0].Close())
	require.Eventually(t, func() bool { return s.Traffic().Connections == 2 }, 5*time.Second, time.Millisecond)
	s.alive(t)
}
