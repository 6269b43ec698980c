package documents

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/browser"
)

var logs = regexp.MustCompile(`(?m)^// prints (.*)$`)

// TestScriptsInTheDocumentsWork runs the JavaScript of docs/api.md in the console of the page /docs, as a reader does, with an
// authenticator that someone touches. What a line "// prints TEXT" says must be logged by its block, in this order.
func TestScriptsInTheDocumentsWork(t *testing.T) {
	t.Parallel()
	browser.Require(t) // skips before anything starts
	_, address, _ := served(t, "dev", "SEED_ADMIN_PASSWORD="+ownersPassword)
	page := tab{Tab: browser.Open(t, strings.Replace("http://"+address, "127.0.0.1", "localhost", 1)), t: t}
	page.Goto("/docs")
	page.WaitFor("#swagger-ui .info")
	page.AddAuthenticator(browser.Laptop).Touched(true)
	values := strings.NewReplacer(`token = "..."`, fmt.Sprintf("token = %q", page.enrolled()), `password = "..."`,
		fmt.Sprintf("password = %q", ownersPassword))
	ran := 0
	for _, b := range find(t, "docs/api.md").blocks {
		if b.language != "js" {
			continue
		}
		ran++
		page.Value("{ window.logged = []; console.log = (...values) => logged.push(values.join(' ')); }")
		page.Console(values.Replace(b.text))
		want := []any{}
		for _, line := range logs.FindAllStringSubmatch(b.text, -1) {
			want = append(want, line[1])
		}
		require.Equal(t, want, page.Value("logged"), "docs/api.md:%d", b.line)
	}
	require.Greater(t, ran, 3)
}

// enrolled signs the owner in with an authenticator app that is enrolled on the way, and returns the access token.
func (b tab) enrolled() any {
	b.t.Helper()
	const send = `window.send = (path, body) => fetch("/api/v1/auth/login" + path, {
		method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)
	}).then(answer => answer.json())`
	b.Console(send)
	secret := b.Value(fmt.Sprintf(`send("", {email: "owner@example.org", password: %q}).then(result => {
		window.challenge_token = result.challenge.token;
		return send("/mfa/enroll", {challenge_token});
	}).then(started => started.secret)`, ownersPassword)).(string)
	return b.Value(fmt.Sprintf(`send("/mfa/enroll/confirm", {challenge_token, code: %q}).then(result => result.tokens.access_token)`,
		code(b.t, secret, 0)))
}
