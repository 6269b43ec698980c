package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTheLogOfEverySignInStepHasNoSecrets collects every secret in requests and responses. None may be in the
// log.
func TestTheLogOfEverySignInStepHasNoSecrets(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		secrets := []string{ownerPassword, s.app.Config.SecretKey}
		post := func(path string, body map[string]any, headers ...string) answer {
			a := s.post(t, path, body, headers...)
			secrets = append(secrets, secretsIn(a.body)...)
			return a
		}
		token := post("/auth/login", credentials(ownerEmail, ownerPassword)).text("challenge.token")
		secret := post("/auth/login/mfa/enroll", map[string]any{"challenge_token": token}).text("secret")
		done := post("/auth/login/mfa/enroll/confirm", map[string]any{"challenge_token": token, "code": s.code(t, secret, 0)})
		s.clock.Advance(time.Minute)
		token = post("/auth/login", credentials(ownerEmail, ownerPassword)).text("challenge.token")
		second := post("/auth/login/mfa", map[string]any{"challenge_token": token, "code": s.code(t, secret, 0), "remember_device": true})
		body := credentials(ownerEmail, ownerPassword)
		body["device_token"] = second.text("device_token")
		third := post("/auth/login", body)
		refreshed := post("/auth/refresh", map[string]any{"refresh_token": third.text("tokens.refresh_token")})
		s.clock.Advance(time.Minute)
		post("/auth/refresh", map[string]any{"refresh_token": third.text("tokens.refresh_token")}).is(401, "token_revoked")
		token = post("/auth/login", credentials(ownerEmail, ownerPassword)).text("challenge.token")
		recovery := done.at("recovery_codes").([]any)[0].(string)
		post("/auth/login/mfa", map[string]any{"challenge_token": token, "recovery_code": recovery}).is(200, "")
		s.addMember(t, "new@example.org", "temporary "+canary, true)
		token = post("/auth/login", credentials("new@example.org", "temporary "+canary)).text("challenge.token")
		post("/auth/login/password", map[string]any{"challenge_token": token, "new_password": "permanent " + canary}).is(200, "")
		require.Greater(t, len(secrets), 30)

		// Clients also send secrets in the wrong places.
		for _, headers := range [][]string{
			{"Authorization", "Bearer " + canary}, {"Authorization", canary}, {"Cookie", "session=" + canary}, {"X-Org-Id", canary},
			{"X-Request-Id", canary + "\""}, {"X-Step-Up-Token", canary}, {"X-Forwarded-For", canary}, {"X-Api-Key", canary},
			{"Referer", "https://x.example/?token=" + canary},
		} {
			s.call(t, "GET", "/api/v1/me", nil, headers...)
		}
		s.call(t, "GET", "/api/v1/auth/orgs/resolve?org="+canary+"&token="+canary, nil)
		s.call(t, "GET", "/api/v1/"+canary, nil)
		s.call(t, "DELETE", "/api/v1/me/sessions/"+canary, nil, "Authorization", "Bearer "+refreshed.text("access_token"))
		s.post(t, "/auth/login", credentials(canary+"@example.org", canary))
		s.post(t, "/auth/login", credentials("x", "line\nfeed"), "User-Agent", "a\"b\\c\td", "X-Request-Id", "{\"level\":\"x\"}")

		log := s.log.String()
		for _, secret := range append(secrets, canary) {
			require.NotContains(t, log, secret)
		}
		requireLogLines(t, log)
	})
}

// secretsIn returns every secret in a JSON value.
func secretsIn(value any) (secrets []string) {
	names := []string{"token", "access_token", "refresh_token", "device_token", "secret", "otpauth_uri", "qr_svg"}
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if text, isText := member.(string); isText && slices.Contains(names, name) {
				secrets = append(secrets, text)
			}
			if list, ok := member.([]any); ok && name == "recovery_codes" {
				for _, code := range list {
					secrets = append(secrets, code.(string), strings.ReplaceAll(code.(string), "-", ""))
				}
			}
			secrets = append(secrets, secretsIn(member)...)
		}
	case []any:
		for _, member := range v {
			secrets = append(secrets, secretsIn(member)...)
		}
	}
	return secrets
}

// requireLogLines requires that each line is one JSON object with the common members.
func requireLogLines(t *testing.T, log string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(log), "\n")
	require.Greater(t, len(lines), 20)
	for _, line := range lines {
		decoder := json.NewDecoder(strings.NewReader(line))
		var object map[string]any
		require.NoError(t, decoder.Decode(&object), line)
		_, err := decoder.Token()
		require.ErrorIs(t, err, io.EOF, line)
		if object["msg"] == "audit.sealed" { // it belongs to no single request
			continue
		}
		for _, member := range []string{"time", "level", "msg", "request_id", "org_id"} {
			require.Contains(t, object, member, line)
		}
		if object["log"] == "audit" && object["address"] != "" { // an event without an address comes from a command
			require.NotEmpty(t, object["request_id"], line)
			require.NotEmpty(t, object["org_id"], line)
		}
	}
}

func TestRequestsInFlightAtShutdownAreAnswered(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	p, stop := dev(t, path, folder)
	output, code := sole(t, path, folder, "healthcheck", "--env-file", envFile(t, "PORT="+p.url[strings.LastIndex(p.url, ":")+1:]))
	require.Equal(t, 0, code, output)
	output, code = sole(t, path, folder, "dev", "--env-file", envFile(t, "PORT=0"))
	require.Equal(t, 1, code, "a second process refuses the database: %s", output)

	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	body := `{"email":"nobody@example.org","password":"x"}`
	_, err = fmt.Fprintf(conn, "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		len(body), body[:10])
	require.NoError(t, err)
	time.Sleep(100 * time.Millisecond) // until the service has read it
	answers := make(chan []answer, 1)
	go func() {
		answers <- parallel(20, func(int) answer { return p.post(t, "/auth/login", credentials("nobody@example.org", "x")) })
	}()
	time.Sleep(30 * time.Millisecond)
	ended := make(chan int, 1)
	go func() { ended <- stop() }()
	time.Sleep(100 * time.Millisecond)
	_, err = conn.Write([]byte(body[10:]))
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Contains(t, []int{401, 429}, response.StatusCode)
	require.NoError(t, response.Body.Close())
	for _, a := range <-answers {
		require.Contains(t, []int{401, 429}, a.status, a.raw)
	}
	require.Equal(t, 0, <-ended)
}

func envFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	return path
}

// TestMalformedRequestsAreLoggedAsJSONWithoutTheirContent sends bytes that the HTTP parser refuses.
func TestMalformedRequestsAreLoggedAsJSONWithoutTheirContent(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	stdout, stderr := &syncedBuffer{}, &syncedBuffer{}
	command := exec.Command(path, "serve", "--env-file",
		envFile(t, "HOST=127.0.0.1", "LOG_LEVEL=debug", "PAGES=off", "PORT="+address[strings.LastIndex(address, ":")+1:]))
	command.Dir, command.Stdout, command.Stderr, command.Env = folder, stdout, stderr, []string{"PATH=" + os.Getenv("PATH")}
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	require.Eventually(t, func() bool { return strings.Contains(stdout.String(), "listening") }, 30*time.Second, 20*time.Millisecond)
	for _, raw := range []string{
		"GET /api/v1/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + canary + "\r\nbad header " + canary + "\r\n\r\n",
		"GET /api/v1/me?token=" + canary + " HTTP/1.1\nAuthorization: Bearer " + canary + "\n\n",
		canary + "\r\n\r\n", "\x16\x03\x01" + canary,
		"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz" + canary + "\r\n",
		"GET /" + canary + " HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat(canary, 5000) + "\r\n\r\n",
		"GET /%00" + canary + "\x1b[31m HTTP/1.1\r\nHost: a\r\nX-Request-Id: " + canary + "\x1b[31m\r\nUser-Agent: " + canary + "\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		_, _ = conn.Write([]byte(raw))
		_ = conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		_, _ = io.Copy(io.Discard, conn)
		require.NoError(t, conn.Close())
	}
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, command.Wait())
	require.Empty(t, stderr.String())
	require.NotContains(t, stdout.String(), canary)
	for line := range strings.SplitSeq(strings.TrimSpace(stdout.String()), "\n") {
		var object map[string]any
		require.NoError(t, decode(line, &object), line)
	}
}
