package isolation

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/test/harness"
	"github.com/sole-platform/sole/test/inprocess"
)

func TestMain(m *testing.M) { harness.Main(m) }

var deployments = inprocess.Deployments()

// service is a running service.
type service struct {
	app   *bootstrap.App
	url   string
	clock *clock
}

// serve runs a multi-tenant service until the test ends. Sessions and tokens outlast every move of the
// clock.
func serve(t *testing.T, database, redis string) *service {
	t.Helper()
	config := inprocess.Config(t, database, redis)
	config.MultiTenant = true
	config.RequestsPerMinute, config.ProxiesCount, config.Attempts.Max = 0, 0, 1000
	config.AccessTTL, config.SessionTimeout = 24*time.Hour, 24*time.Hour
	s := &service{clock: &clock{}}
	var err error
	s.app, err = bootstrap.Build(config, bootstrap.Environment{Log: io.Discard, Clock: s.clock.Now, Hashing: inprocess.Hashing})
	require.NoError(t, err)
	_, err = s.app.Store.Migrate(t.Context())
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.url = "http://" + listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- s.app.Run(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-stopped)
		require.NoError(t, s.app.Close())
	})
	return s
}

type clock struct{ harness.Clock }

// NextCode moves the clock to the next time step of authenticators.
func (c *clock) NextCode() { c.Advance(30 * time.Second) }

// answer is a response.
type answer struct {
	t      *testing.T
	asked  string
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// request is one call of the API.
type request struct {
	method, path string // the path with its query
	media        string // of the body; JSON when empty
	body         any    // text, or a value to encode as JSON
	token        string
	org          string // in X-Org-Id
	stepUp       string
}

func (s *service) send(t *testing.T, r request) answer {
	t.Helper()
	out, err := http.NewRequestWithContext(t.Context(), r.method, s.url+base+r.path, r.reader(t))
	require.NoError(t, err)
	for name, value := range map[string]string{"X-Org-Id": r.org, "X-Step-Up-Token": r.stepUp, "Content-Type": r.media} {
		if value != "" {
			out.Header.Set(name, value)
		}
	}
	if r.body != nil && r.media == "" {
		out.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		out.Header.Set("Authorization", "Bearer "+r.token)
	}
	response, err := client.Do(out)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	a := answer{t: t, asked: r.method + " " + r.path, status: response.StatusCode, header: response.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &a.body)
	harness.Documented(t, s.url, out, response, raw)
	return a
}

var client = &http.Client{Timeout: 30 * time.Second}

func (r request) reader(t *testing.T) io.Reader {
	t.Helper()
	switch body := r.body.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(body)
	}
	encoded, err := json.Marshal(r.body)
	require.NoError(t, err)
	return bytes.NewReader(encoded)
}

// text returns the text at a path, such as "tokens.access_token".
func (a answer) text(path string) string {
	a.t.Helper()
	var value any = a.body
	for part := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
		require.True(a.t, ok, "no %s in the answer to %s: %d %s", path, a.asked, a.status, a.raw)
		value = object[part]
	}
	text, ok := value.(string)
	require.True(a.t, ok, "%s is no text in the answer to %s: %d %s", path, a.asked, a.status, a.raw)
	return text
}

func (a answer) code() string {
	code, _ := a.body["code"].(string)
	return code
}

// wording returns the answer without the sent ids and the fields that differ in each response.
func (a answer) wording(sent ...string) string {
	said := strings.ReplaceAll(fmt.Sprint(a.status, " ", a.raw), a.header.Get("X-Request-Id"), "REQUEST")
	for _, id := range sent {
		said = strings.ReplaceAll(said, id, "ID")
	}
	return decisions.ReplaceAllString(said, "DECISION")
}

// the id of a decision differs in each response
var decisions = regexp.MustCompile(`dec_[\w-]+`)
