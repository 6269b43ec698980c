package pages

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/browser"
)

// TestEveryPageIsSound opens each page of the list and checks what must hold of all of them: no fault, accessible in light and dark,
// readable at 320 and 360 pixels, at 200 %, from right to left and in German, and guarded by headers.
func TestEveryPageIsSound(t *testing.T) {
	t.Parallel()
	browser.Require(t)
	w := newWorld(t)
	for _, p := range list {
		path := p.route
		if p.path != nil {
			path = p.path(w)
		}
		name := p.as + " " + path
		if p.then != nil {
			name += " and on"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := checked{Tab: w.visitAs(t, p.as), t: t}
			c.Goto(path)
			if p.then != nil {
				p.then(w, c.Tab)
			} else {
				require.Equal(t, path, c.Path(), "it leads elsewhere")
			}
			c.guarded(cmp.Or(p.status, http.StatusOK))
			c.Accessible()
			c.Dark(true)
			c.Readable()
			fits(t, c.Tab, "in English")
			c.Value("document.documentElement.dir = 'rtl'")
			fits(t, c.Tab, "from right to left")
			if p.then == nil {
				c.Speak("de")
				c.Goto(path)
				require.Equal(t, "de", c.Value("document.documentElement.lang"))
				fits(t, c.Tab, "in German")
			}
		})
	}
}

// visitAs opens a tab for a visitor or the person of a role.
func (w *world) visitAs(t *testing.T, role string) *browser.Tab {
	t.Helper()
	b := w.acme.visit(t)
	if role == operator {
		b = w.visit(t)
	}
	if who := w.people[role]; who != nil {
		b.SetCookie(who.cookie())
	}
	return b
}

// checked is a page that is checked.
type checked struct {
	*browser.Tab

	t *testing.T
}

// guarded checks what the page came with.
func (c checked) guarded(status int) {
	c.t.Helper()
	document, headers := c.Document(), http.Header{}
	for name, value := range document.Headers {
		headers.Set(name, value)
	}
	require.Equal(c.t, status, document.Status)
	answered{header: headers}.isGuarded(c.t, c.Path())
	require.Equal(c.t, "en", c.Value("document.documentElement.lang"))
}

// fits requires that the page needs no scrolling to the side.
func fits(t *testing.T, b *browser.Tab, how string) {
	t.Helper()
	var faults []string
	measure := func(size string) {
		if wide := b.Value(tooWide); wide != "" {
			faults = append(faults, fmt.Sprintf("%s, %s: %s", how, size, wide))
		}
	}
	for _, width := range []int{1280, 360, 320} {
		b.Size(width, 800)
		measure(fmt.Sprintf("%d pixels", width))
	}
	b.Zoom(1280, 1024)
	measure("200 %")
	b.Size(1280, 900)
	require.Empty(t, faults, "the page must be scrolled to the side:\n%s", strings.Join(faults, "\n"))
}

// tooWide lists the elements that reach out of the window, except those within an element that scrolls by itself.
const tooWide = `(() => {
	const root = document.documentElement
	if (root.scrollWidth <= innerWidth) return ''
	const scrolls = e => e && e != root && (getComputedStyle(e).overflowX != 'visible' || scrolls(e.parentElement))
	return root.scrollWidth + ' pixels wide' + [...document.body.querySelectorAll('*')].filter(e => {
		const box = e.getBoundingClientRect()
		return (box.right > innerWidth + 0.5 || box.left < -0.5) && !scrolls(e.parentElement)
	}).slice(-6).map(e => '\n    ' + e.outerHTML.slice(0, 120)).join('')
})()`
