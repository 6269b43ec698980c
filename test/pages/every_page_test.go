package pages

import (
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
	for role, pages := range byRole() {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			b, o := w.acme.visit(t), w.acme
			if role == operator {
				b, o = w.visit(t), w.org
			}
			if who := w.people[role]; who != nil {
				o.signIn(t, who)
				b.SetCookie(who.cookie())
			}
			for _, p := range pages {
				path := p.route
				if p.path != nil {
					path = p.path(w)
				}
				check(t, b, path)
			}
		})
	}
}

// byRole returns the list by who opens a page.
func byRole() map[string][]shown {
	pages := map[string][]shown{}
	for _, p := range list {
		pages[p.as] = append(pages[p.as], p)
	}
	return pages
}

// check checks a page.
func check(t *testing.T, b *browser.Tab, path string) {
	t.Helper()
	b.Size(1280, 900)
	b.Dark(false)
	b.Goto(path)
	require.Equal(t, path, b.Path(), "it leads elsewhere")
	document := b.Document()
	require.Equal(t, 200, document.Status, path)
	headers := http.Header{}
	for name, value := range document.Headers {
		headers.Set(name, value)
	}
	answered{header: headers}.isGuarded(t, path)
	require.Equal(t, "en", b.Value("document.documentElement.lang"))
	b.Accessible()
	b.Dark(true)
	b.Readable()
	fits(t, b, path)
	b.Value("document.documentElement.dir = 'rtl'")
	fits(t, b, path+" from right to left")

	b.Speak("de")
	b.Goto(path)
	require.Equal(t, "de", b.Value("document.documentElement.lang"))
	fits(t, b, path+" in German")
	b.Speak("en-US")
}

// fits requires that a page needs no scrolling to the side.
func fits(t *testing.T, b *browser.Tab, what string) {
	t.Helper()
	for _, width := range []int{1280, 360, 320} {
		b.Size(width, 800)
		requireNoOverflow(t, b, fmt.Sprintf("%s at %d pixels", what, width))
	}
	b.Zoom(1280, 1024)
	requireNoOverflow(t, b, what+" at 200 %")
	b.Size(1280, 900)
}

// tooWide lists the elements that reach out of the window, except those within an element that scrolls by itself.
const tooWide = `(() => {
	const root = document.documentElement
	if (root.scrollWidth <= innerWidth) return []
	const scrolls = e => e && e != root && (getComputedStyle(e).overflowX != 'visible' || scrolls(e.parentElement))
	return ['the page is ' + root.scrollWidth + ' wide'].concat([...document.body.querySelectorAll('*')].filter(e => {
		const box = e.getBoundingClientRect()
		return (box.right > innerWidth + 0.5 || box.left < -0.5) && !scrolls(e.parentElement)
	}).slice(-8).map(e => e.outerHTML.slice(0, 120)))
})()`

func requireNoOverflow(t *testing.T, b *browser.Tab, what string) {
	t.Helper()
	var lines []string
	for _, line := range b.Value(tooWide).([]any) {
		lines = append(lines, line.(string))
	}
	require.Empty(t, lines, "%s must be scrolled to the side:\n%s", what, strings.Join(lines, "\n"))
}
