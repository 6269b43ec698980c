package browser

import (
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Tab is a tab of the browser. Its methods fail the test if the page does not let them do their work; a message then shows the
// address and the text of the page. A tab is used by one goroutine.
type Tab struct {
	t       testing.TB
	chrome  *connection
	context any    // of the browser: its cookies
	target  any    // of the tab
	session string // of the protocol
	origin  string // under test

	media message

	mu        sync.Mutex // guards what events change
	frame     string     // the main one
	loading   bool
	committed int // documents of the main frame so far
	document  Document
	allowed   []string // origins besides the one under test
	found     []string // faults
	expected  []string // parts of faults
}

// Document is the answer that the page of a tab came with.
type Document struct {
	Status  int
	Headers map[string]string // by lower-case name
}

// Open opens an empty tab with new cookies for pages of an origin, such as http://localhost:8000. The tab is closed when the
// test ends.
func Open(t testing.TB, origin string) *Tab {
	t.Helper()
	Require(t)
	chrome, err := shared()
	require.NoError(t, err)
	created, err := chrome.call("", "Target.createBrowserContext", message{"disposeOnDetach": true})
	require.NoError(t, err)
	context := created["browserContextId"]
	t.Cleanup(func() { _, _ = chrome.call("", "Target.disposeBrowserContext", message{"browserContextId": context}) })
	return openIn(t, chrome, context, origin)
}

// Another opens a tab with the same cookies, as a person who opens a second one.
func (b *Tab) Another() *Tab {
	b.t.Helper()
	return openIn(b.t, b.chrome, b.context, b.origin)
}

func openIn(t testing.TB, chrome *connection, context any, origin string) *Tab {
	t.Helper()
	parsed, err := url.Parse(origin)
	require.NoError(t, err)
	b := &Tab{t: t, chrome: chrome, context: context, origin: parsed.Scheme + "://" + parsed.Host, media: message{}}
	target, err := chrome.call("", "Target.createTarget", message{"url": "about:blank", "browserContextId": context})
	require.NoError(t, err)
	b.target = target["targetId"]
	attached, err := chrome.call("", "Target.attachToTarget", message{"targetId": b.target, "flatten": true})
	require.NoError(t, err)
	b.session = attached["sessionId"].(string)
	b.frame = target["targetId"].(string) // the main frame of a target has its id
	chrome.listen(b.session, b.event)
	t.Cleanup(b.close)
	for _, domain := range []string{"Page", "Runtime", "Network", "Log", "Audits"} {
		b.call(domain+".enable", nil)
	}
	b.call("Emulation.setFocusEmulationEnabled", message{"enabled": true})
	b.Speak("en-US")
	b.Size(1280, 900)
	return b
}

// close reports what went wrong in the tab and closes it.
func (b *Tab) close() {
	if b.t.Failed() {
		b.keepPicture()
	}
	for _, fault := range b.Faults() {
		b.t.Errorf("%s, seen in the browser at %s", fault, b.address())
	}
	b.chrome.listen(b.session, nil)
	_, _ = b.chrome.call("", "Target.closeTarget", message{"targetId": b.target})
}

// call calls a method of the protocol and returns its result.
func (b *Tab) call(method string, params message) message {
	b.t.Helper()
	result, err := b.chrome.call(b.session, method, params)
	require.NoError(b.t, err)
	return result
}

// event notes what a message of the tab says. It does not call the browser.
func (b *Tab) event(m received) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.loads(m) {
		return
	}
	if fault := b.fault(m); fault != "" {
		b.found = append(b.found, fault)
	}
}

// loads notes how far the main frame is loaded.
func (b *Tab) loads(m received) bool {
	var params struct {
		FrameID     string
		Frame       struct{ ID string }
		Disposition string
	}
	if !strings.HasPrefix(m.Method, "Page.frame") && m.Method != "Page.navigatedWithinDocument" {
		return false
	}
	if json.Unmarshal(m.Params, &params) != nil || params.FrameID+params.Frame.ID != b.frame {
		return true
	}
	switch m.Method {
	case "Page.frameRequestedNavigation":
		b.loading = params.Disposition == "currentTab"
	case "Page.frameStartedLoading":
		b.loading = true
	case "Page.frameStoppedLoading", "Page.navigatedWithinDocument":
		b.loading = false
	case "Page.frameNavigated":
		b.committed++
	}
	return true
}

// Goto opens a path of the origin, or a whole address, and waits until it is loaded.
func (b *Tab) Goto(path string) {
	b.t.Helper()
	if !strings.Contains(path, "://") {
		path = b.origin + path
	}
	b.navigate(func() {
		answer := b.call("Page.navigate", message{"url": path})
		require.NotContains(b.t, answer, "errorText", "open %s", path)
	})
}

// Reload loads the page again.
func (b *Tab) Reload() {
	b.t.Helper()
	b.navigate(func() { b.call("Page.reload", nil) })
}

// Back goes to the page before, as the button of the browser does.
func (b *Tab) Back() {
	b.t.Helper()
	history := b.call("Page.getNavigationHistory", nil)
	at := int(history["currentIndex"].(float64))
	require.Positive(b.t, at, "there is no page before %s", b.address())
	entry := history["entries"].([]any)[at-1].(map[string]any)
	b.navigate(func() { b.call("Page.navigateToHistoryEntry", message{"entryId": entry["id"]}) })
}

// navigate runs what opens another document and waits until that is loaded.
func (b *Tab) navigate(open func()) {
	b.t.Helper()
	b.mu.Lock()
	before := b.committed
	b.mu.Unlock()
	open()
	b.await("a new page", func() bool { return b.committed > before && !b.loading })
}

// settle waits until a page is loaded that the last click or key may have asked for.
func (b *Tab) settle() {
	b.t.Helper()
	_, _ = b.evaluate("0") // its answer comes after all events that the input caused
	b.await("the page to load", func() bool { return !b.loading })
}

// await waits until something holds of what events changed.
func (b *Tab) await(what string, holds func() bool) {
	b.t.Helper()
	held := func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return holds()
	}
	for end := time.Now().Add(patience); !held(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			require.Fail(b.t, "waited in vain for "+what, b.shown())
		}
	}
}

// Document returns the answer that the page came with.
func (b *Tab) Document() Document {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.document
}

// Path returns the path and query of the page.
func (b *Tab) Path() string {
	b.t.Helper()
	return b.Value("location.pathname + location.search").(string)
}

// WaitForPath waits until the tab shows a path, with its query.
func (b *Tab) WaitForPath(path string) {
	b.t.Helper()
	b.WaitUntil("location.pathname + location.search == " + quote(path))
}
