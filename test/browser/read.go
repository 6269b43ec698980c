package browser

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// element is a function of JavaScript that returns the element of a selector. See the package comment.
const element = `(selector => {
	if (!selector.startsWith('text=')) return document.querySelector(selector)
	const text = selector.slice(5)
	const named = e => [e.innerText, e.getAttribute('aria-label'), e.value].some(name => name?.replace(/\s+/g, ' ').trim() == text)
	return [...document.querySelectorAll('a, button, label, summary, input[type=submit], [role=button], [role=tab], [role=menuitem]')]
		.find(e => e.getClientRects().length > 0 && named(e))
})`

// quote returns a text as JavaScript writes it.
func quote(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}

// of returns an expression that selects an element.
func of(selector string) string { return element + "(" + quote(selector) + ")" }

// errThrown is returned for a script that throws.
var errThrown = errors.New("the script throws")

// evaluate returns the value of a JavaScript expression in the page, once its promise is kept. An expression that a new page
// interrupts is evaluated again there.
func (b *Tab) evaluate(expression string) (any, error) {
	params := message{"expression": expression, "awaitPromise": true, "returnByValue": true}
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		answer, err := b.chrome.call(b.session, "Runtime.evaluate", params)
		if err != nil {
			if time.Now().Before(end) && interrupted(err) {
				continue
			}
			return nil, err
		}
		if thrown, found := answer["exceptionDetails"].(map[string]any); found {
			exception, _ := thrown["exception"].(map[string]any)
			return nil, fmt.Errorf("%w: %v %v", errThrown, thrown["text"], exception["description"])
		}
		return answer["result"].(map[string]any)["value"], nil
	}
}

// interrupted reports whether a call failed because another page took the place of the one that it was for.
func interrupted(err error) bool {
	text := err.Error()
	return strings.Contains(text, "context was destroyed") || strings.Contains(text, "Cannot find default execution context") ||
		strings.Contains(text, "navigated or closed") || strings.Contains(text, "Promise was collected")
}

// Value returns the value of a JavaScript expression in the page, once its promise is kept.
func (b *Tab) Value(expression string) any {
	b.t.Helper()
	value, err := b.evaluate(expression)
	if err != nil {
		require.Fail(b.t, err.Error(), "%s\n%s", expression, b.shown())
	}
	return value
}

// Console runs a script as the console of the browser does: await works, and names stay for the next script.
func (b *Tab) Console(script string) {
	b.t.Helper()
	answer := b.call("Runtime.evaluate", message{"expression": script, "awaitPromise": true, "replMode": true, "userGesture": true})
	require.NotContains(b.t, answer, "exceptionDetails", "%s\n%v", script, answer["exceptionDetails"])
}

// AtStart runs a script in each page that the tab loads from now on, before the scripts of the page.
func (b *Tab) AtStart(script string) {
	b.t.Helper()
	b.call("Page.addScriptToEvaluateOnNewDocument", message{"source": script})
}

// Text returns what an element shows.
func (b *Tab) Text(selector string) string {
	b.t.Helper()
	b.WaitFor(selector)
	text, _ := b.Value(of(selector) + ".innerText").(string)
	return strings.TrimSpace(text)
}

// Field returns what a field holds.
func (b *Tab) Field(selector string) string {
	b.t.Helper()
	b.WaitFor(selector)
	text, _ := b.Value(of(selector) + ".value").(string)
	return text
}

// Shows reports whether the page shows an element now.
func (b *Tab) Shows(selector string) bool {
	b.t.Helper()
	return b.Value("!!"+of(selector)+"?.getClientRects().length") == true
}

// WaitFor waits until the page shows an element.
func (b *Tab) WaitFor(selector string) {
	b.t.Helper()
	b.waitUntil("an element "+selector, of(selector)+"?.getClientRects().length")
}

// WaitForText waits until the page shows a text.
func (b *Tab) WaitForText(text string) {
	b.t.Helper()
	b.waitUntil("the text "+quote(text), "document.body.innerText.includes("+quote(text)+")")
}

// WaitUntil waits until an expression is true.
func (b *Tab) WaitUntil(expression string) {
	b.t.Helper()
	b.waitUntil(expression, expression)
}

func (b *Tab) waitUntil(what, expression string) {
	b.t.Helper()
	expression = "!!document.body && !!(" + expression + ")"
	for end := time.Now().Add(patience); b.Value(expression) != true; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			require.Fail(b.t, "waited in vain for "+what, b.shown())
		}
	}
}

// address returns the address of the page.
func (b *Tab) address() string {
	address, _ := b.evaluate("location.href")
	return fmt.Sprint(address)
}

// shown returns what the page shows, for messages.
func (b *Tab) shown() string {
	text, err := b.evaluate("document.body?.innerText")
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s shows:\n%v", b.address(), text)
}
