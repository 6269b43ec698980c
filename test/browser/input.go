package browser

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// place is a function of JavaScript that scrolls an element into view and returns its middle, or what is in the way of a click.
const place = `(element => {
	if (!element?.getClientRects().length) return 'it is not there'
	element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' })
	const box = element.getClientRects()[0]
	const at = [box.x + box.width / 2, box.y + box.height / 2]
	const hit = document.elementFromPoint(...at)
	const same = element.contains(hit) || hit?.closest('label')?.control == element
	return same ? at : 'it is behind ' + (hit ? hit.outerHTML.slice(0, 200) : 'the edge of the window')
})`

// Click clicks the middle of an element once nothing is in the way. If that opens another page, it waits until that is loaded.
func (b *Tab) Click(selector string) {
	b.t.Helper()
	var found any
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		found = b.Value(place + "(" + of(selector) + ")")
		if _, in := found.([]any); in {
			break
		}
		if time.Now().After(end) {
			require.Fail(b.t, "cannot click "+selector, "%v\n%s", found, b.shown())
		}
	}
	at := found.([]any)
	for _, kind := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
		b.call("Input.dispatchMouseEvent", message{"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1})
	}
	b.settle()
}

// Type replaces the text of a field.
func (b *Tab) Type(selector, text string) {
	b.t.Helper()
	b.WaitFor(selector)
	b.Value("(field => { field.focus(); field.select() })(" + of(selector) + ")")
	if text == "" {
		b.Press("Delete")
		return
	}
	b.call("Input.insertText", message{"text": text})
}

// key describes a key as the protocol does.
type key struct {
	code string
	text string // what it types
	id   int    // windowsVirtualKeyCode
}

var keys = map[string]key{
	"Tab":        {code: "Tab", id: 9},
	"Enter":      {code: "Enter", id: 13, text: "\r"},
	"Space":      {code: "Space", id: 32, text: " "},
	"Escape":     {code: "Escape", id: 27},
	"Delete":     {code: "Delete", id: 46},
	"Home":       {code: "Home", id: 36},
	"End":        {code: "End", id: 35},
	"ArrowLeft":  {code: "ArrowLeft", id: 37},
	"ArrowUp":    {code: "ArrowUp", id: 38},
	"ArrowRight": {code: "ArrowRight", id: 39},
	"ArrowDown":  {code: "ArrowDown", id: 40},
}

const shift = 8 // a modifier of the protocol

// Press presses a key: Tab, Enter, Space, Escape, Delete, Home, End, an arrow such as ArrowDown, or one of them with Shift, such as
// Shift+Tab. If that opens another page, it waits until that is loaded.
func (b *Tab) Press(name string) {
	b.t.Helper()
	plain, shifted := strings.CutPrefix(name, "Shift+")
	pressed, known := keys[plain]
	require.True(b.t, known, "a key %q", name)
	event := message{"type": "keyDown", "code": pressed.code, "key": pressed.code, "windowsVirtualKeyCode": pressed.id}
	if plain == "Space" {
		event["key"] = " "
	}
	if shifted {
		event["modifiers"] = shift
	}
	if pressed.text != "" {
		event["text"] = pressed.text
	} else {
		event["type"] = "rawKeyDown"
	}
	b.call("Input.dispatchKeyEvent", event)
	delete(event, "text")
	event["type"] = "keyUp"
	b.call("Input.dispatchKeyEvent", event)
	b.settle()
}

// Keys types a text where the focus is, for tests without a mouse.
func (b *Tab) Keys(text string) {
	b.t.Helper()
	b.call("Input.insertText", message{"text": text})
}

// Focus returns the element that has the focus: its tag, and its id, name or text.
func (b *Tab) Focus() string {
	b.t.Helper()
	return b.Value(`(e => e.tagName.toLowerCase() + ' ' + (e.id || e.name || e.innerText))(document.activeElement)`).(string)
}

// TabTo presses Tab until an element has the focus.
func (b *Tab) TabTo(selector string) {
	b.t.Helper()
	b.WaitFor(selector)
	var passed []string
	for range 300 {
		if b.Value(of(selector)+" == document.activeElement") == true {
			return
		}
		b.Press("Tab")
		passed = append(passed, b.Focus())
	}
	require.Fail(b.t, "the key Tab does not reach "+selector, "%q\n%s", passed, b.shown())
}

// Choose chooses the option of a select by its value.
func (b *Tab) Choose(selector, value string) {
	b.t.Helper()
	b.WaitFor(selector)
	chosen := b.Value(`((field, value) => {
		field.focus()
		field.value = value
		for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, { bubbles: true }))
		return field.value == value
	})(` + of(selector) + `, ` + quote(value) + `)`)
	require.Equal(b.t, true, chosen, "%s has no option %q", selector, value)
	b.settle()
}

// Check ticks a box or chooses a radio button, or unticks it.
func (b *Tab) Check(selector string, ticked bool) {
	b.t.Helper()
	b.WaitFor(selector)
	if b.Value(of(selector)+".checked") != ticked {
		b.Click(selector)
	}
	require.Equal(b.t, ticked, b.Value(of(selector)+".checked"), "%s is ticked", selector)
}

// Upload chooses a file in a field for files.
func (b *Tab) Upload(selector, path string) {
	b.t.Helper()
	whole, err := filepath.Abs(path)
	require.NoError(b.t, err)
	b.waitUntil("a field "+selector, of(selector))
	field := b.call("Runtime.evaluate", message{"expression": of(selector)})["result"].(map[string]any)
	b.call("DOM.setFileInputFiles", message{"files": []string{whole}, "objectId": field["objectId"]})
}
