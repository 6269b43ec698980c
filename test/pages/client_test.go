package pages

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// transport finds every host on this machine.
var transport = &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
}}

// client sends plain requests with cookies, as a browser does, and also what no browser sends. It follows no redirects.
type client struct {
	t       *testing.T
	origin  string
	cookies map[string]string
	at      string // where follow has ended
}

// answered is what a page answers.
type answered struct {
	status  int
	header  http.Header
	cookies []*http.Cookie // that it sets
	text    string
}

// client returns a client of the pages of the org. A person is signed in; nil is a visitor.
func (o *org) client(t *testing.T, who *person) *client {
	t.Helper()
	c := &client{t: t, origin: o.origin, cookies: map[string]string{}}
	if who != nil {
		o.signIn(t, who)
		name, value := who.cookie()
		c.cookies[name] = value
	}
	return c
}

// get requests a page.
func (c *client) get(path string, headers ...string) answered {
	c.t.Helper()
	return c.send(http.MethodGet, path, "", headers...)
}

// post sends a form from a page of the same origin. Later headers replace those of a browser; an empty one is not sent.
func (c *client) post(path string, form url.Values, headers ...string) answered {
	c.t.Helper()
	own := []string{"Content-Type", "application/x-www-form-urlencoded", "Origin", c.origin, "Sec-Fetch-Site", "same-origin"}
	return c.send(http.MethodPost, path, form.Encode(), append(own, headers...)...)
}

func (c *client) send(method, path, body string, headers ...string) answered {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.origin+path, strings.NewReader(body))
	require.NoError(c.t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			request.Header.Del(headers[i])
		}
	}
	for name, value := range c.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	response, err := transport.RoundTrip(request)
	require.NoError(c.t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	p := answered{status: response.StatusCode, header: response.Header, cookies: response.Cookies(), text: string(text)}
	for _, cookie := range p.cookies {
		c.cookies[cookie.Name] = cookie.Value
		if cookie.MaxAge < 0 {
			delete(c.cookies, cookie.Name)
		}
	}
	return p
}

// follow requests the page that the last one leads to, and so on, without leaving the origin.
func (c *client) follow(p answered) answered {
	c.t.Helper()
	for range 5 {
		if p.to() == "" {
			return p
		}
		require.Regexp(c.t, `^/(?:$|[^/\\])`, p.to())
		c.at = p.to()
		p = c.get(p.to())
	}
	require.Fail(c.t, "it never ends", "%s", p.to())
	return p
}

// to is where a page leads.
func (p answered) to() string { return p.header.Get("Location") }
