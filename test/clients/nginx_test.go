package clients

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/test/harness"
)

// nginxBase is the configuration around that of the example. One process without a master stays the user of the test, and writes to its
// own folder only.
const nginxBase = `daemon off; master_process off; pid nginx.pid; error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    include sole.conf;
}
`

// nginx starts nginx with the example before the service at an address, and before an application. It returns its URL.
func nginx(t *testing.T, service, application string) string {
	t.Helper()
	path := harness.Program(t, "nginx", "nginx-light")
	example, err := os.ReadFile(filepath.Join(examples, "nginx", "sole.conf"))
	require.NoError(t, err)
	port, err := harness.FreePort()
	require.NoError(t, err)
	address := "127.0.0.1:" + strconv.Itoa(port)
	config := string(example)
	for written, actual := range map[string]string{
		"server 127.0.0.1:8000;": "server " + service + ";", "server 127.0.0.1:8080;": "server " + application + ";",
		"listen 127.0.0.1:8443;": "listen " + address + ";",
	} {
		require.Contains(t, config, written)
		config = strings.Replace(config, written, actual, 1)
	}
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "sole.conf"), []byte(config), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "nginx.conf"), []byte(nginxBase), 0o600))
	program{path, "-p", folder, "-c", "nginx.conf", "-e", "stderr"}.listenAt(t, address)
	return "http://" + address
}

// from sends a request with headers from an address of this machine, with a body, and returns the response.
func from(t *testing.T, address, url, token string, headers map[string]string) (*http.Response, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/orders?of=today", strings.NewReader("a body"))
	require.NoError(t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for name, value := range headers {
		request.Header[name] = []string{value} // as written
	}
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	client := &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return response, nil
	}
	var received http.Header
	require.NoError(t, json.NewDecoder(response.Body).Decode(&received))
	return response, received
}

// application answers with the headers that it received.
func application(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Requested", r.Method+" "+r.URL.String())
		_ = json.NewEncoder(w).Encode(r.Header)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// behindNginx is a service that takes the addresses of clients from nginx.
func behindNginx(t *testing.T, perMinute int) *service {
	t.Helper()
	return serveWith(t, func(c *bootstrap.Config) { c.ProxiesCount, c.RequestsPerMinute = 1, perMinute })
}

func TestNginxAdmitsPersonsAndMachines(t *testing.T) {
	t.Parallel()
	s := behindNginx(t, 0)
	url := nginx(t, strings.TrimPrefix(s.url, "http://"), application(t))
	person, machine := s.person(t, "member"), s.machine(t, "member.read")
	org := s.call(t, s.owner.access, http.MethodGet, "/org", nil)["id"].(string)
	forged := map[string]string{
		"X-Account-Id": "forged", "x-account-type": "forged", "X-ORG-ID": "forged", "X_Account_Id": "forged", "X-Forwarded-For": "203.0.113.9",
	}
	for token, who := range map[string][2]string{
		person.access:       {person.id, "person"},
		s.token(t, machine): {machine.id, "service_account"},
		machine.key:         {machine.id, "service_account"},
	} {
		response, received := from(t, "127.0.0.1", url, token, forged)
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Equal(t, []string{who[0]}, received["X-Account-Id"])
		require.Equal(t, []string{who[1]}, received["X-Account-Type"])
		require.Equal(t, []string{org}, received["X-Org-Id"])
		require.Equal(t, "POST /orders?of=today", received.Get("Requested"))
		require.Len(t, received.Get("X-Request-Id"), 32)
		require.Empty(t, received.Get("Authorization"))
		require.NotContains(t, received, "X_account_id")
	}
	for _, wrong := range []string{"", "wrong", machine.key + "a"} {
		response, _ := from(t, "127.0.0.1", url, wrong, forged)
		require.Equal(t, http.StatusUnauthorized, response.StatusCode)
		require.Contains(t, response.Header.Get("WWW-Authenticate"), "Bearer")
	}
	direct, err := http.Get(url + "/.sole")
	require.NoError(t, err)
	require.NoError(t, direct.Body.Close())
	require.Equal(t, http.StatusNotFound, direct.StatusCode, "clients cannot ask")

	s.suspend(t, person)
	s.call(t, s.owner.access, http.MethodPost, "/service-accounts/"+machine.id+"/suspend", nil)
	for _, ended := range []string{person.access, machine.key} {
		response, _ := from(t, "127.0.0.1", url, ended, nil)
		require.Contains(t, []int{http.StatusUnauthorized, http.StatusForbidden}, response.StatusCode)
	}
}

// TestNginxTellsWhereAKeyIsUsedFrom uses a key that is good at one address only, and claims to be there.
func TestNginxTellsWhereAKeyIsUsedFrom(t *testing.T) {
	t.Parallel()
	s := behindNginx(t, 0)
	url := nginx(t, strings.TrimPrefix(s.url, "http://"), application(t))
	machine := s.machine(t, "member.read")
	key := s.call(t, s.owner.access, http.MethodPost, "/service-accounts/"+machine.id+"/keys",
		body{"name": "There", "allowed_networks": []string{"127.0.0.2"}})["key"].(string)
	response, received := from(t, "127.0.0.2", url, key, nil)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, "127.0.0.2", received.Get("X-Forwarded-For"))
	for _, elsewhere := range []string{"127.0.0.1", "127.0.0.3"} {
		response, _ = from(t, elsewhere, url, key, map[string]string{"X-Forwarded-For": "127.0.0.2"})
		require.Equal(t, http.StatusForbidden, response.StatusCode)
	}
}

// TestNginxAdmitsNobodyWithoutAnAnswer also sends more requests from a network than are allowed.
func TestNginxAdmitsNobodyWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	const perMinute = 40
	s := behindNginx(t, perMinute)
	url := nginx(t, strings.TrimPrefix(s.url, "http://"), application(t))
	for range perMinute {
		response, _ := from(t, "127.0.0.4", url, s.owner.access, nil)
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
	response, _ := from(t, "127.0.0.4", url, s.owner.access, nil)
	require.Equal(t, http.StatusTooManyRequests, response.StatusCode)
	require.NotEmpty(t, response.Header.Get("Retry-After"))
	response, _ = from(t, "127.0.0.5", url, s.owner.access, nil)
	require.Equal(t, http.StatusOK, response.StatusCode, "another network")

	port, err := harness.FreePort()
	require.NoError(t, err)
	url = nginx(t, "127.0.0.1:"+strconv.Itoa(port), application(t))
	response, _ = from(t, "127.0.0.5", url, s.owner.access, nil)
	require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
}
