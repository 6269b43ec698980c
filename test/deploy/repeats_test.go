//go:build linux

package deploy

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestProxiesRepeatNoRequestThatMayHaveHadItsEffect puts each proxy before replicas that read a POST and then close the connection, as
// one that crashes does. The other replica must not get the request, too.
func TestProxiesRepeatNoRequestThatMayHaveHadItsEffect(t *testing.T) {
	for name, proxy := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var posts atomic.Int64
			p := &proxied{own: newCertificate(t), https: freeAddress(t), http: freeAddress(t)}
			for range 2 {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodPost {
						return
					}
					_, _ = io.Copy(io.Discard, r.Body)
					posts.Add(1)
					conn, _, err := w.(http.Hijacker).Hijack()
					if err == nil {
						_ = conn.Close()
					}
				}))
				t.Cleanup(server.Close)
				p.replicas = append(p.replicas, &replica{port: server.Listener.Addr().(*net.TCPAddr).Port})
			}
			launch(t, proxy(t, p))
			c := p.from(t, "127.0.0.1")
			soon(t, "the proxy serves", func() bool {
				a := c.call("GET", "/health/ready", nil)
				return a.err == nil && a.StatusCode == http.StatusOK
			})
			for _, size := range []int{10, 100_000} {
				posts.Store(0)
				a := c.call("POST", "/members", map[string]string{"full_name": strings.Repeat("a", size)})
				require.EqualValues(t, 1, posts.Load())
				if a.err != nil { // the proxy may close the connection
					require.ErrorIs(t, a.err, io.EOF)
					continue
				}
				require.Contains(t, []int{http.StatusBadGateway, http.StatusServiceUnavailable}, a.StatusCode)
				a.problem(t, a.StatusCode, "unavailable")
			}
		})
	}
}
