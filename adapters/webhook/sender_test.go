package webhook

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var loopback = Config{Version: "1.2.3", Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}

// receiver returns the URL of a receiver.
func receiver(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestADeliveryIsSignedWithEverySecret(t *testing.T) {
	var got *http.Request
	var body []byte
	url := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusNoContent)
	})
	secrets := []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}
	sent := message(url + "/hook?tenant=1")
	sent.Secrets = []domain.Secret{domain.NewSecret(secrets[0]), domain.NewSecret(secrets[1])}
	require.Equal(t, port.WebhookAnswer{Status: 204}, New(loopback).Send(t.Context(), sent))

	require.Equal(t, "POST /hook?tenant=1", got.Method+" "+got.URL.String())
	require.Equal(t, "application/json", got.Header.Get("Content-Type"))
	require.Equal(t, "SOLE-Webhooks/1.2.3", got.Header.Get("User-Agent"))
	require.Equal(t, string(sent.ID), got.Header.Get("webhook-id"))
	require.Equal(t, encoded(sent.Body), body)
	require.Len(t, strings.Split(got.Header.Get("webhook-signature"), " "), 2)
	for _, secret := range secrets {
		verifier, err := standardwebhooks.NewWebhook(secret)
		require.NoError(t, err)
		require.NoError(t, verifier.Verify(body, got.Header))
		require.Error(t, verifier.Verify(append(body, ' '), got.Header))
	}
	other, err := standardwebhooks.NewWebhook("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	require.NoError(t, err)
	require.Error(t, other.Verify(body, got.Header))
}

// TestTheSignatureIsThatOfTheSpecification uses the example of standardwebhooks.com.
func TestTheSignatureIsThatOfTheSpecification(t *testing.T) {
	header := http.Header{}
	require.NoError(t, sign(header, port.WebhookMessage{
		ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", At: time.Unix(1614265330, 0),
		Secrets: []domain.Secret{domain.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
	}, []byte(`{"test": 2432232314}`)))
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", header.Get("webhook-signature"))
	require.Equal(t, "1614265330", header.Get("webhook-timestamp"))
}

func TestAnswers(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		status     int
		retryAfter string
		want       port.WebhookAnswer
	}{
		{status: 200, want: port.WebhookAnswer{Status: 200}},
		{status: 299, want: port.WebhookAnswer{Status: 299}},
		{status: 301, want: port.WebhookAnswer{Status: 301, Fault: domain.FaultRedirect}},
		{status: 304, want: port.WebhookAnswer{Status: 304, Fault: domain.FaultRedirect}},
		{status: 400, retryAfter: "9", want: port.WebhookAnswer{Status: 400, Fault: domain.FaultStatus}},
		{status: 410, want: port.WebhookAnswer{Status: 410, Fault: domain.FaultStatus}},
		{status: 429, retryAfter: "120", want: port.WebhookAnswer{Status: 429, Fault: domain.FaultStatus, RetryAfter: 2 * time.Minute}},
		{status: 503, retryAfter: "7", want: port.WebhookAnswer{Status: 503, Fault: domain.FaultStatus, RetryAfter: 7 * time.Second}},
		{status: 503, retryAfter: "-7", want: port.WebhookAnswer{Status: 503, Fault: domain.FaultStatus}},
		{status: 503, retryAfter: "soon", want: port.WebhookAnswer{Status: 503, Fault: domain.FaultStatus}},
		{status: 503, retryAfter: "4294967295", want: port.WebhookAnswer{Status: 503, Fault: domain.FaultStatus, RetryAfter: longestWait}},
		{status: 503, retryAfter: "99999999999999999999", want: port.WebhookAnswer{Status: 503, Fault: domain.FaultStatus}},
		{
			status: 503, retryAfter: now.Add(90 * time.Second).UTC().Format(http.TimeFormat),
			want: port.WebhookAnswer{Status: 503, Fault: domain.FaultStatus, RetryAfter: 90 * time.Second},
		},
		{
			status: 503, retryAfter: now.Add(-time.Hour).UTC().Format(http.TimeFormat),
			want: port.WebhookAnswer{Status: 503, Fault: domain.FaultStatus},
		},
	} {
		url := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			if c.retryAfter != "" {
				w.Header().Set("Retry-After", c.retryAfter)
			}
			w.WriteHeader(c.status)
		})
		sent := message(url)
		sent.At = now.Truncate(time.Second)
		require.Equal(t, c.want, New(loopback).Send(t.Context(), sent), c)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	reached := newPrivate(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		url := receiver(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, reached.url("127.0.0.1"), status) })
		require.Equal(t, port.WebhookAnswer{Status: status, Fault: domain.FaultRedirect}, New(loopback).Send(t.Context(), message(url)))
	}
	require.Zero(t, reached.tried.Load())
}

func TestNoProxyOfTheEnvironmentIsUsed(t *testing.T) {
	reached := newPrivate(t)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, reached.url("127.0.0.1"))
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
	names := newNameServer(t, map[string][][]string{"proxied.test": {{"10.0.0.1"}}})
	sender := newSender(Config{}, &net.Dialer{Control: newGuard(nil).control, Resolver: names.resolver()})
	for _, url := range []string{"http://proxied.test/", "https://proxied.test/"} {
		require.Equal(t, domain.FaultForbidden, sender.Send(t.Context(), message(url)).Fault)
	}
	require.Zero(t, reached.tried.Load())
}

// shortly ends an attempt earlier than its own timeout, so that the test need not wait for it.
func shortly(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// raw returns the URL of a server that answers requests as serve likes.
func raw(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					serve(conn)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestAReceiverThatHangsTimesOut(t *testing.T) {
	for name, serve := range map[string]func(net.Conn){
		"it does not answer": func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) },
		"it answers a byte at a time": func(conn net.Conn) {
			for _, b := range []byte("HTTP/1.1 200 OK\r\n" + strings.Repeat("x", 10_000)) {
				if _, err := conn.Write([]byte{b}); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		},
		"it sends interim answers for ever": func(conn net.Conn) {
			for {
				if _, err := conn.Write([]byte("HTTP/1.1 102 Processing\r\n\r\n")); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, port.WebhookAnswer{Fault: domain.FaultTimeout}, New(loopback).Send(shortly(t), message(raw(t, serve))))
		})
	}
}

// counted counts the bytes that it writes.
type counted struct {
	net.Conn
	bytes *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.bytes.Add(int64(n))
	return n, err
}

func TestOnlyAPartOfALongAnswerIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		want port.WebhookAnswer
	}{
		"body":    {head: "HTTP/1.1 200 OK\r\n\r\n", want: port.WebhookAnswer{Status: 200}},
		"headers": {head: "HTTP/1.1 200 OK\r\n", want: port.WebhookAnswer{Fault: domain.FaultUnreachable}},
		"status":  {head: "", want: port.WebhookAnswer{Fault: domain.FaultUnreachable}},
	} {
		t.Run(name, func(t *testing.T) {
			var written atomic.Int64
			over := make(chan struct{})
			url := raw(t, func(conn net.Conn) {
				defer close(over)
				out := counted{conn, &written}
				_, _ = io.WriteString(out, c.head)
				for {
					if _, err := io.WriteString(out, "X-Filler: "+strings.Repeat("x", 1000)+"\r\n"); err != nil {
						return
					}
				}
			})
			require.Equal(t, c.want, New(loopback).Send(t.Context(), message(url)))
			<-over
			require.Less(t, written.Load(), int64(16<<20), "buffers of the sockets aside, the rest is not read")
		})
	}
}

// TestTheRestOfASlowAnswerIsNotWaitedFor has a receiver that has said what counts.
func TestTheRestOfASlowAnswerIsNotWaitedFor(t *testing.T) {
	ended := make(chan struct{})
	url := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(ended)
	})
	began := time.Now()
	require.Equal(t, port.WebhookAnswer{Status: 200}, New(loopback).Send(t.Context(), message(url)))
	require.Less(t, time.Since(began), 5*time.Second)
	<-ended
}

func TestACompressedAnswerIsNotUnpacked(t *testing.T) {
	var asked string
	url := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header.Get("Accept-Encoding")
		w.Header().Set("Content-Encoding", "gzip")
		bomb := gzip.NewWriter(w)
		_, _ = io.CopyN(bomb, zeroes{}, 1<<30)
		_ = bomb.Close()
	})
	began := time.Now()
	require.Equal(t, port.WebhookAnswer{Status: 200}, New(loopback).Send(t.Context(), message(url)))
	require.Empty(t, asked)
	require.Less(t, time.Since(began), 5*time.Second)
}

type zeroes struct{}

func (zeroes) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestAConnectionIsUsedAgain(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 10_000))
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	sender := New(loopback)
	for range 5 {
		require.Equal(t, 200, sender.Send(t.Context(), message(server.URL)).Status)
	}
	require.EqualValues(t, 1, connections.Load())
}

func TestFaultsOfConnections(t *testing.T) {
	selfSigned := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(selfSigned.Close)
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	old.StartTLS()
	t.Cleanup(old.Close)
	closed := httptest.NewServer(nil)
	closed.Close()
	plain := receiver(t, http.NotFound)
	for url, want := range map[string]domain.DeliveryFault{
		selfSigned.URL: domain.FaultTLS,
		old.URL:        domain.FaultTLS,
		strings.Replace(plain, "http:", "https:", 1): domain.FaultTLS,
		closed.URL:                                 domain.FaultUnreachable,
		raw(t, func(net.Conn) {}):                  domain.FaultUnreachable,
		"ftp://127.0.0.1/":                         domain.FaultUnreachable,
		"http://127.0.0.1:port/":                   domain.FaultUnreachable,
		"unix:///var/run/docker.sock":              domain.FaultUnreachable,
		"file:///etc/passwd":                       domain.FaultUnreachable,
		"http://[::1%25lo]:1/" + "\x7f":            domain.FaultUnreachable,
		"http://" + strings.Repeat("a", 300) + "/": domain.FaultUnreachable,
	} {
		require.Equal(t, port.WebhookAnswer{Fault: want}, New(loopback).Send(t.Context(), message(url)), url)
	}
}

func TestHTTP2IsSpoken(t *testing.T) {
	var version string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { version = r.Proto }))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	sender := New(loopback)
	sender.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	require.Equal(t, port.WebhookAnswer{Status: 200}, sender.Send(t.Context(), message(server.URL)))
	require.Equal(t, "HTTP/2.0", version)
}
