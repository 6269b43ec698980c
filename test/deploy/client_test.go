//go:build linux

package deploy

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

// client is somebody outside who reaches the site through its proxy.
type client struct {
	http  *http.Client
	base  string // URL of the service
	token string
}

// answer is a response, or the error instead.
type answer struct {
	*http.Response
	err  error
	raw  []byte
	body map[string]any
}

// outside returns a client that connects to the proxy at an address from an address of this machine.
func outside(t *testing.T, proxy string, own certificate, from string) *client {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", proxy) },

		TLSClientConfig:     &tls.Config{RootCAs: own.pool},
		MaxIdleConnsPerHost: 16,
		ForceAttemptHTTP2:   true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{base: "https://" + host, http: &http.Client{
		Transport: transport, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// call sends a request of the API, with a body of JSON unless it is nil.
func (c *client) call(method, path string, body any, headers ...string) answer {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return answer{err: err}
		}
		content = bytes.NewReader(encoded)
		headers = append([]string{"Content-Type", "application/json"}, headers...)
	}
	return c.send(method, c.base+"/api/v1"+path, content, headers...)
}

func (c *client) send(method, url string, body io.Reader, headers ...string) (a answer) {
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		return answer{err: err}
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	if a.Response, a.err = c.http.Do(request); a.err != nil {
		return a
	}
	defer func() { _ = a.Body.Close() }()
	a.raw, a.err = io.ReadAll(a.Body)
	_ = json.Unmarshal(a.raw, &a.body)
	return a
}

// is requires a status.
func (a answer) is(t *testing.T, status int) answer {
	t.Helper()
	require.NoError(t, a.err)
	require.Equal(t, status, a.StatusCode, "%s", a.raw)
	return a
}

// problem requires a problem document with a status and a code.
func (a answer) problem(t *testing.T, status int, code string) answer {
	t.Helper()
	a.is(t, status)
	require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
	require.Equal(t, code, a.body["code"], "%s", a.raw)
	require.EqualValues(t, status, a.body["status"])
	return a
}

// directly returns a client of a replica, without a proxy.
func directly(r *replica) *client {
	return &client{base: "http://" + r.address(), http: http.DefaultClient}
}

// upload sends a text file of about that many bytes.
func (c *client) upload(t *testing.T, size int) answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "notes.txt")
	require.NoError(t, err)
	_, err = part.Write(bytes.Repeat([]byte(textLine), size/len(textLine)))
	require.NoError(t, err)
	require.NoError(t, form.Close())
	return c.send("POST", c.base+"/api/v1/files", &body, "Content-Type", form.FormDataContentType())
}

const textLine = "a line of text\n"

// signIn signs the owner in for the first time, with a new authenticator.
func (c *client) signIn(t *testing.T) {
	t.Helper()
	first := c.call("POST", "/auth/login", map[string]any{"email": ownerEmail, "password": password}).is(t, 200)
	challenge := first.body["challenge"].(map[string]any)["token"]
	enrol := c.call("POST", "/auth/login/mfa/enroll", map[string]any{"challenge_token": challenge}).is(t, 200)
	code, err := totp.GenerateCode(enrol.body["secret"].(string), time.Now())
	require.NoError(t, err)
	done := c.call("POST", "/auth/login/mfa/enroll/confirm", map[string]any{"challenge_token": challenge, "code": code}).is(t, 200)
	c.token = done.body["tokens"].(map[string]any)["access_token"].(string)
}
