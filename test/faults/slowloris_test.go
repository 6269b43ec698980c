//go:build unix

package faults

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestSlowClientsDoNotDelayOthers opens hundreds of connections that send a header or a body very slowly. Other
// clients are served as usual, and the slow connections are closed.
func TestSlowClientsDoNotDelayOthers(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	s := deploy(t, database, "memory://").serve(t)
	l := begin(t, s.enrol(t).access, s)
	usual := median(l.during(time.Second))
	before, fault := s.memory(), time.Now()
	const slow = 600
	var closed atomic.Int64
	var clients sync.WaitGroup
	for i := range slow {
		conn, err := net.Dial("tcp", s.address)
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		text := "GET /api/v1/me HTTP/1.1\r\nHost: a\r\nX-Slow: "
		if i%2 == 0 {
			text = "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"
		}
		_, err = io.WriteString(conn, text)
		require.NoError(t, err)
		go func() {
			for ; ; time.Sleep(500 * time.Millisecond) {
				if _, err := io.WriteString(conn, "x"); err != nil {
					return
				}
			}
		}()
		clients.Go(func() {
			said, _ := io.ReadAll(conn) // until it is closed
			if len(said) == 0 || strings.HasPrefix(string(said), "HTTP/1.1 408 ") {
				closed.Add(1)
			}
		})
	}
	during := l.during(5 * time.Second)
	require.Zero(t, closed.Load(), "they are not slow enough")
	mustBe(t, during, fine...)
	require.Less(t, median(during), usual+atOnce)
	require.Less(t, s.memory(), before+maxGrowth)
	clients.Wait()
	require.EqualValues(t, slow, closed.Load())
	require.Less(t, time.Since(fault), 25*time.Second, "ten seconds are what a request may take")
	l.nothingLost(t, s, database)
}
