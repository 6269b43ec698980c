package documents

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// chromium is the path of a Chromium: SOLE_TEST_BROWSER, or one on PATH. "off" skips the test.
func chromium(t *testing.T) string {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome"}
	if chosen := os.Getenv("SOLE_TEST_BROWSER"); chosen == "off" {
		t.Skip("SOLE_TEST_BROWSER=off")
	} else if chosen != "" {
		names = []string{chosen}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("this machine has no Chromium: install it, or set SOLE_TEST_BROWSER to its path")
	return ""
}

// patience is how long a tab waits for the browser, and for what a page should show.
const patience = 30 * time.Second

// tab is a tab of a Chromium without a window. A test uses it as a person would, with clicks and typed text. It speaks the
// Chrome DevTools Protocol over a pipe: JSON messages that end with a zero byte.
type tab struct {
	t       *testing.T
	to      *os.File
	from    *os.File
	read    *bufio.Reader
	session string
	calls   int
}

// openTab starts a Chromium with a new profile and opens a page in it.
func openTab(t *testing.T, url string) *tab {
	t.Helper()
	path := chromium(t)
	theirs, to, err := os.Pipe()
	require.NoError(t, err)
	from, answers, err := os.Pipe()
	require.NoError(t, err)
	profile, err := os.MkdirTemp("", "sole-chromium-") //nolint:usetesting // see the removal below
	require.NoError(t, err)
	running := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-sync",
		"--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe", "--user-data-dir="+profile)
	running.ExtraFiles = []*os.File{theirs, answers} // Chromium reads 3 and writes 4
	require.NoError(t, running.Start())
	for _, file := range []*os.File{theirs, answers} {
		require.NoError(t, file.Close())
	}
	t.Cleanup(func() {
		_, _ = to.Close(), from.Close() // ends Chromium
		end := time.AfterFunc(patience, func() { _ = running.Process.Kill() })
		_ = running.Wait()
		end.Stop()
		// The last of its processes may still write.
		require.Eventually(t, func() bool { return os.RemoveAll(profile) == nil }, patience, 20*time.Millisecond)
	})
	b := &tab{t: t, to: to, from: from, read: bufio.NewReader(from)}
	target := b.call("Target.createTarget", message{"url": "about:blank"})
	attached := b.call("Target.attachToTarget", message{"targetId": target["targetId"], "flatten": true})
	b.session = attached["sessionId"].(string)
	b.call("Page.navigate", message{"url": url})
	return b
}

type message map[string]any

// call calls a method of the protocol and returns its result.
func (b *tab) call(method string, params message) message {
	b.t.Helper()
	b.calls++
	request := message{"id": b.calls, "method": method, "params": params}
	if b.session != "" {
		request["sessionId"] = b.session
	}
	text, err := json.Marshal(request)
	require.NoError(b.t, err)
	require.NoError(b.t, b.from.SetReadDeadline(time.Now().Add(patience)))
	_, err = b.to.Write(append(text, 0))
	require.NoError(b.t, err)
	for {
		text, err := b.read.ReadBytes(0)
		require.NoError(b.t, err, method)
		var answer struct {
			ID     int
			Result message
			Error  *struct{ Message string }
		}
		require.NoError(b.t, json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &answer))
		if answer.ID == b.calls { // anything else is an event
			require.Nil(b.t, answer.Error, method)
			return answer.Result
		}
	}
}

// value returns the value of a JavaScript expression in the page.
func (b *tab) value(expression string) any {
	b.t.Helper()
	answer := b.call("Runtime.evaluate", message{"expression": expression, "awaitPromise": true, "returnByValue": true})
	require.NotContains(b.t, answer, "exceptionDetails", expression)
	return answer["result"].(map[string]any)["value"]
}

// waitUntil waits until an expression is true. It fails with what the page shows.
func (b *tab) waitUntil(expression string) {
	b.t.Helper()
	for end := time.Now().Add(patience); b.value("!!document.body && !!("+expression+")") != true; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			require.Fail(b.t, "the page does not reach: "+expression, "it shows: %v", b.value("document.body?.innerText"))
		}
	}
}

// reload loads the page again.
func (b *tab) reload() {
	b.t.Helper()
	b.value("window.before = true")
	b.call("Page.reload", message{})
	b.waitUntil("!window.before && document.readyState == 'complete'")
}

// waitFor waits until the page shows an element.
func (b *tab) waitFor(selector string) {
	b.t.Helper()
	b.waitUntil(fmt.Sprintf("document.querySelector(%q)?.getClientRects().length", selector))
}

// waitForText waits until the page shows a text.
func (b *tab) waitForText(text string) {
	b.t.Helper()
	b.waitUntil(fmt.Sprintf("document.body.innerText.includes(%q)", text))
}

// click clicks the middle of an element.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.waitFor(selector)
	at := b.value(fmt.Sprintf(`(() => {
		const element = document.querySelector(%q)
		element.scrollIntoView({ block: 'center' })
		const box = element.getBoundingClientRect()
		return [box.x + box.width / 2, box.y + box.height / 2]
	})()`, selector)).([]any)
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		b.call("Input.dispatchMouseEvent", message{"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1})
	}
}

// typeInto replaces the text of a field.
func (b *tab) typeInto(selector, text string) {
	b.t.Helper()
	b.click(selector)
	b.value(fmt.Sprintf("document.querySelector(%q).select()", selector))
	b.call("Input.insertText", message{"text": text})
}

// text returns what an element shows.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return strings.TrimSpace(b.value(fmt.Sprintf("document.querySelector(%q).innerText", selector)).(string))
}
