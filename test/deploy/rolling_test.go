//go:build linux

package deploy

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// traffic is what clients send while replicas are replaced.
type traffic struct {
	mu       sync.Mutex
	failed   []string
	written  int
	requests atomic.Int64
	stop     func()
}

// send sends reads and writes from several connections until stop is called.
func (p *proxied) send(t *testing.T, token string) *traffic {
	t.Helper()
	f, over := &traffic{}, make(chan struct{})
	var workers sync.WaitGroup
	for i := range 4 {
		c := p.from(t, "127.0.0.1")
		c.token = token
		workers.Go(func() { f.work(c, i, over) })
	}
	f.stop = sync.OnceFunc(func() {
		close(over)
		workers.Wait()
	})
	t.Cleanup(f.stop)
	return f
}

func (f *traffic) work(c *client, i int, over chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-over:
			return
		case <-time.After(10 * time.Millisecond):
		}
		if n%4 > 0 {
			f.note("GET /me", c.call("GET", "/me", nil), 200)
			continue
		}
		if f.note("POST /members", c.call("POST", "/members", newMember(fmt.Sprintf("rolling-%d-%d", i, n))), 201) {
			f.mu.Lock()
			f.written++
			f.mu.Unlock()
		}
	}
}

// note records a request that failed, and reports whether it succeeded.
func (f *traffic) note(what string, a answer, status int) bool {
	f.requests.Add(1)
	if a.err == nil && a.StatusCode == status {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if a.err != nil {
		f.failed = append(f.failed, fmt.Sprintf("%s %s: %v", time.Now().Format("05.000"), what, a.err))
	} else {
		f.failed = append(f.failed, fmt.Sprintf("%s %s: %d %s", time.Now().Format("05.000"), what, a.StatusCode, a.raw))
	}
	return false
}

// replaces stops and starts one replica after another under traffic. No request fails, and nothing acknowledged is lost.
func (p *proxied) replaces(t *testing.T, c *client) {
	f := p.send(t, c.token)
	soon(t, "requests are served", func() bool { return f.requests.Load() > 50 })
	for _, r := range p.replicas {
		r.terminate()
		time.Sleep(300 * time.Millisecond)
		r.start()
		time.Sleep(3 * time.Second) // as sole-upgrade does
	}
	f.stop()
	require.Empty(t, f.failed, "of %d requests", f.requests.Load())
	require.Positive(t, f.written)
	require.Equal(t, f.written, p.site.count(t, "SELECT count(*) FROM users WHERE email LIKE 'rolling-%'"))
	t.Logf("%d requests, %d acknowledged writes", f.requests.Load(), f.written)
}
