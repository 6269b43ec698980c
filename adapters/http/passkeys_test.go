package http

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// TestACredentialIsPassedOnByteForByte: the signature of a passkey covers what the client sent, not what it means.
func TestACredentialIsPassedOnByteForByte(t *testing.T) {
	t.Parallel()
	for _, sent := range []string{
		`{}`, `{ "id" : "a" ,"b":[ 1.0,1e2 ] }`, `{"é":"\u00e9 \/ <&>","n":12345678901234567890}`, "{\n\t\"a\": {\"b\": {}}\n}",
		`{"id":"Ame` + "\u0301" + `lie"}`,
	} {
		in := &addPasskeyRequest{}
		require.NoError(t, strictJSON.Unmarshal([]byte(`{"name":"a","credential": `+sent+` }`), &in.Body))
		require.Equal(t, sent, in.Body.Credential.secret().Reveal())
	}
	var first, second passkeyLoginRequest
	require.NoError(t, strictJSON.Unmarshal([]byte(`{"credential":{"id":"one"}}`), &first.Body))
	require.NoError(t, strictJSON.Unmarshal([]byte(`{"credential":{"id":"two"}}`), &second.Body))
	require.Equal(t, `{"id":"one"}`, first.Body.Credential.secret().Reveal(), "they share no memory")
	require.NotContains(t, fmt.Sprintf("%v %+v", first, second), "two", "no log shows it")
}

// TestACredentialIsAnyObject sends requests to use cases that have no dependencies: one that reaches them gets any other status.
func TestACredentialIsAnyObject(t *testing.T) {
	t.Parallel()
	const reached = 0
	s := start(t, nil)
	deep := func(levels int) string { return strings.Repeat(`{"a":`, levels) + "1" + strings.Repeat("}", levels) }
	for credential, status := range map[string]int{
		`{}`: reached, `{"id":"a","unknown":{"of":["any",null,true,1]}}`: reached, `{"response":"of another type"}`: reached, deep(30): reached,
		`null`: 422, `"{}"`: 422, `[]`: 422, `1`: 422, `true`: 422,
		deep(40): 400, `{"id":"a","id":"b"}`: 400, `{"response":{"a":1,"a":2}}`: 400, `{"id":"\u0000"}`: 400, `{"id":"\ud800"}`: 400,
		`{"id":"` + "\xff" + `"}`: 400, `{`: 400, `{"id":"` + strings.Repeat("a", 512<<10) + `"}`: 413,
	} {
		body := `{"challenge_token":"ch_a","credential":` + credential + `}`
		replies := s.send(t, post("/api/v1/auth/passkey", body, fmt.Sprint("Content-Length: ", len(body))))
		require.Len(t, replies, 1, credential)
		if status == reached {
			require.NotContains(t, []int{400, 413, 422}, replies[0].StatusCode, "%s: %s", credential, replies[0].raw)
			continue
		}
		require.Equal(t, status, replies[0].StatusCode, "%.60s: %s", credential, replies[0].raw)
		replies[0].isProblem(t, credential)
		if status == 422 {
			require.Equal(t, "body.credential", replies[0].body["errors"].([]any)[0].(map[string]any)["location"])
		}
	}
	for _, body := range []string{
		`{"challenge_token":"ch_a"}`, `{"credential":{}}`, `{"challenge_token":"ch_a","credential":{},"remember_device":true}`,
	} {
		replies := s.send(t, post("/api/v1/auth/passkey", body, fmt.Sprint("Content-Length: ", len(body))))
		require.Equal(t, 422, replies[0].StatusCode, replies[0].raw)
	}
}

func TestExactlyOneProofIsAccepted(t *testing.T) {
	t.Parallel()
	const code, recovery, passkey = `"code":"123456"`, `"recovery_code":"K7WQ-3M5X-9A2C-T8VN"`, `"credential":{"id":"a"}`
	s := start(t, nil)
	ask := func(path, members string) reply {
		body := `{"challenge_token":"ch_a"` + members + `}`
		replies := s.send(t, post(path, body, fmt.Sprint("Content-Length: ", len(body))))
		require.Len(t, replies, 1, members)
		return replies[0]
	}
	for members, message := range map[string]string{
		"": "send exactly one of", "," + code + "," + passkey: "send exactly one of", "," + recovery + "," + passkey: "send exactly one of",
		"," + code + "," + recovery: "send exactly one of", "," + code + "," + recovery + "," + passkey: "send exactly one of",
		`,"code":"","credential":null`: "send exactly one of",
	} {
		r := ask("/api/v1/auth/login/mfa", members)
		require.Equal(t, 422, r.StatusCode, "%s: %s", members, r.raw)
		require.Contains(t, r.raw, message, members)
	}
	for members, message := range map[string]string{
		"": "send either code or credential", "," + code + "," + passkey: "send either code or credential",
		"," + recovery: "is not a member of this request", `,"name":""` + "," + passkey: "must have at least 1 characters",
		`,"name":"` + strings.Repeat("a", 101) + `",` + passkey: "must have at most 100 characters",
	} {
		r := ask("/api/v1/auth/login/mfa/enroll/confirm", members)
		require.Equal(t, 422, r.StatusCode, "%s: %s", members, r.raw)
		require.Contains(t, r.raw, message, members)
	}
	r := ask("/api/v1/auth/login/mfa/enroll", `,"kind":"sms"`)
	require.Equal(t, 422, r.StatusCode, r.raw)
	require.Contains(t, r.raw, "body.kind")

	kind, answer, err := shown{credential: credential(`{"a":1}`)}.first()
	require.NoError(t, err)
	require.Equal(t, domain.FactorPasskey, kind)
	require.Equal(t, `{"a":1}`, answer.Reveal())
	proven, err := shown{recoveryCode: "a"}.answer()
	require.NoError(t, err)
	require.True(t, proven.Text.IsZero())
}

func TestOptionsAreAnObjectInTheResponse(t *testing.T) {
	t.Parallel()
	prompt := port.Prompt{factor.PasskeyOptions: domain.NewSecret(`{"challenge":"a<b","rp":{"id":"example.org"}}`)}
	var text strings.Builder
	require.NoError(t, strictJSON.Marshal(&text, showPasskeyOptions(prompt).Body))
	require.Equal(t, `{"public_key":{"challenge":"a<b","rp":{"id":"example.org"}}}`+"\n", text.String())

	text.Reset()
	require.NoError(t, strictJSON.Marshal(&text, signInEnrollmentResponse{}.Body))
	require.Equal(t, "{}\n", text.String(), "only the members of the kind are there")
}

func TestTheRelatedOriginsAreServedWithoutAnOrgOrALimit(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(o *Options) {
		o.PasskeyOrigins, o.MultiTenant = []string{"https://id.example.org", "https://example.com:8443"}, true
	})
	for _, path := range []string{"/.well-known/webauthn", "/.well-known/webauthn?org=unknown"} {
		r := s.send(t, "GET "+path+" HTTP/1.1\r\nHost: evil.example\r\nX-Org-Id: unknown\r\nConnection: close\r\n\r\n")[0]
		require.Equal(t, 200, r.StatusCode)
		require.Equal(t, `{"origins":["https://id.example.org","https://example.com:8443"]}`, r.raw)
		require.Equal(t, "application/json", r.Header.Get("Content-Type"))
		require.Equal(t, "public, max-age=300", r.Header.Get("Cache-Control"))
		require.Empty(t, r.Header.Get("Ratelimit-Limit"))
	}
	for _, name := range []string{"Permissions-Policy", "Feature-Policy"} {
		require.Empty(t, s.send(t, get("/docs"))[0].Header.Get(name), "without it, pages may use passkeys")
	}
}

func TestADeploymentWithoutPasskeysSaysSo(t *testing.T) {
	t.Parallel()
	s := startWith(t, func(o *Options) { o.PasskeyOrigins = nil })
	body := `{"challenge_token":"ch_a","credential":{"id":"a"}}`
	for name, raw := range map[string]string{
		"the origins": get("/.well-known/webauthn"), "the start": post("/api/v1/auth/passkey/options", "{}", "Content-Length: 2"),
		"a sign-in":       post("/api/v1/auth/passkey", body, fmt.Sprint("Content-Length: ", len(body))),
		"a second factor": post("/api/v1/auth/login/mfa/passkey/options", `{"challenge_token":"ch_a"}`, "Content-Length: 26"),
	} {
		replies := s.send(t, raw)
		require.Len(t, replies, 1, name)
		require.Equal(t, 503, replies[0].StatusCode, "%s: %s", name, replies[0].raw)
		replies[0].isProblem(t, name)
		require.Equal(t, "unavailable", replies[0].body["code"], name)
	}
	require.NotContains(t, s.log.String(), `"level":"ERROR"`, "the operator chose that")
}
