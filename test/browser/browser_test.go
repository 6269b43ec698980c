package browser

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// pages are small pages by path.
var pages = map[string]string{
	"/": `<h1>Start</h1><a href="/second">On</a>
		<form method=post action=/said><input name=word aria-label=Word value=before><input type=checkbox name=yes aria-label=Yes>
		<select name=colour aria-label=Colour><option>red<option>blue</select><button>Send</button></form>
		<form method=post action=/uploaded enctype=multipart/form-data><input type=file name=file aria-label=File><button>Upload</button></form>`,
	"/second": `<h1>Second</h1>`,
	"/covered": `<h1>Covered</h1><a href="/second">On</a><div id=cover style="position:fixed;inset:0;background:#fff"></div>
		<script>setTimeout(() => cover.remove(), 300)</script>`,
	"/contrast":  `<h1>Hard to read</h1><p style="color:#999;background:#aaa">grey on grey</p><img src=data:,>`,
	"/policy":    `<h1>Policy</h1><script>document.title = 'ran'</script>`,
	"/elsewhere": `<h1>Elsewhere</h1><img alt="" src="http://127.0.0.1:1/x.png">`,
	"/missing":   `<h1>Missing</h1><img alt="" src="/nowhere.png">`,
	"/thrown":    `<h1>Thrown</h1><script>console.warn('beware', 7); null.x</script>`,
	"/broken":    `<h1>Broken</h1>`,
	"/script":    `<h1>No script</h1><script>document.querySelector('h1').innerText = 'Script'</script><a href="/second">On</a>`,
	"/dialog":    `<h1>Dialog</h1><script>document.querySelector('h1').innerText = confirm('Sure?')</script>`,
}

// served serves the pages and what was sent to them.
func served(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if r.URL.Path == "/policy" {
			w.Header().Set("Content-Security-Policy", "script-src 'self'")
		}
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusInternalServerError)
		}
		const start = `<!doctype html><html lang=en><title>Test</title><link rel=icon href=data:,>
			<style>a, input, select, button { display: block; font-size: 30px; height: 40px; min-width: 40px }</style><main>`
		page, known := pages[r.URL.Path]
		switch {
		case known:
			fmt.Fprint(w, start+page)
		case r.URL.Path == "/said":
			fmt.Fprint(w, start, "<h1>Said</h1><p>", r.FormValue("word"), r.FormValue("yes"), r.FormValue("colour"),
				r.Header.Get("Accept-Language"))
		case r.URL.Path == "/uploaded":
			file, header, err := r.FormFile("file")
			if err == nil {
				text, _ := io.ReadAll(file)
				fmt.Fprint(w, start, "<h1>Uploaded</h1><p>", header.Filename, " ", string(text))
			}
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestATabIsUsedAsAPersonDoes(t *testing.T) {
	t.Parallel()
	b := Open(t, served(t))
	b.Speak("de-DE")
	b.Goto("/")
	b.Type("[name=word]", "after")
	b.Check("[name=yes]", true)
	b.Choose("[name=colour]", "blue")
	b.Click("text=Send")
	require.Equal(t, "afteronbluede-DE", b.Text("p"))
	b.Back()
	require.Equal(t, "Start", b.Text("h1"))
	b.Click("text=On")
	require.Equal(t, "/second", b.Path())
	require.Equal(t, "no-store", b.Document().Headers["cache-control"])
	b.Goto("/")
	path := filepath.Join(t.TempDir(), "note.txt")
	require.NoError(t, os.WriteFile(path, []byte("hello"), 0o600))
	b.Upload("[name=file]", path)
	b.Click("text=Upload")
	require.Equal(t, "note.txt hello", b.Text("p"))
}

func TestATabIsUsedByKeysAlone(t *testing.T) {
	t.Parallel()
	b := Open(t, served(t))
	b.Goto("/")
	b.TabTo("[name=word]")
	b.Press("Delete")
	b.Keys("typed")
	b.Press("Tab")
	b.Press("Space")
	b.Press("Tab")
	b.Press("ArrowDown")
	b.Press("Shift+Tab")
	b.Press("Enter")
	require.Equal(t, "typedonblueen-US", b.Text("p"))
}

func TestAClickWaitsForThePageThatItOpens(t *testing.T) {
	t.Parallel()
	b := Open(t, served(t))
	b.Goto("/")
	for range 30 {
		b.Click("text=Send")
		require.Equal(t, "Said", b.Value("document.querySelector('h1').innerText"))
		b.Back()
		require.Equal(t, "Start", b.Value("document.querySelector('h1').innerText"))
	}
	b.Goto("/covered")
	b.Click("text=On")
	require.Equal(t, "/second", b.Path())
}

func TestATabWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	b := Open(t, served(t))
	b.WithoutScripts()
	b.Goto("/script")
	require.Equal(t, "No script", b.Text("h1"))
	for range 10 {
		b.Click("text=On")
		require.Equal(t, "Second", b.Text("h1"))
		b.Goto("/")
		b.Click("text=Send")
		require.Equal(t, "Said", b.Text("h1"))
		b.Back()
	}
}

func TestTabsShareCookiesOnlyIfTheyAreOfOnePerson(t *testing.T) {
	t.Parallel()
	origin := served(t)
	one, other := Open(t, origin), Open(t, origin)
	one.Goto("/")
	one.Value("document.cookie = 'a=1'")
	second := one.Another()
	second.Goto("/")
	other.Goto("/")
	require.Equal(t, "a=1", second.Value("document.cookie"))
	require.Empty(t, other.Value("document.cookie"))
}

func TestFaultsOfPagesAreReported(t *testing.T) {
	t.Parallel()
	origin := served(t)
	for path, parts := range map[string][]string{
		"/policy":    {"Content Security Policy", "ContentSecurityPolicyIssue"},
		"/elsewhere": {"another origin: GET http://127.0.0.1:1/x.png", "failed request for Image"},
		"/missing":   {"status 404 for Image"},
		"/thrown":    {"console.warning: beware 7", "TypeError"},
		"/broken":    {"status 500 for Document"},
		"/dialog":    {"confirm dialog: Sure?"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			b := Open(t, origin)
			b.Goto(path)
			for _, part := range parts {
				require.Contains(t, fmt.Sprint(b.Faults()), part)
				b.ExpectFault(part)
			}
		})
	}
}

func TestAFaultThatIsExpectedMustHappen(t *testing.T) {
	t.Parallel()
	b := Open(t, served(t))
	b.ExpectFault("nothing like this")
	require.Len(t, b.Faults(), 1)
	b.expected = nil
}

func TestFaultsOfAccessibilityAreReported(t *testing.T) {
	t.Parallel()
	b := Open(t, served(t))
	b.Goto("/")
	b.Accessible()
	b.Goto("/contrast")
	found := fmt.Sprint(b.violations(allRules))
	require.Contains(t, found, "color-contrast")
	require.Contains(t, found, "image-alt")
	found = fmt.Sprint(b.violations(colours))
	require.Contains(t, found, "color-contrast")
	require.NotContains(t, found, "image-alt")
}

func TestAWindowIsSizedColouredAndPictured(t *testing.T) {
	t.Parallel()
	b := Open(t, served(t))
	b.Size(360, 640)
	b.Dark(true)
	b.Prefer("prefers-reduced-motion", "reduce")
	b.Goto("/")
	require.Equal(t, true, b.Value(`innerWidth == 360 && matchMedia('(prefers-color-scheme: dark)').matches &&
		matchMedia('(prefers-reduced-motion: reduce)').matches`))
	b.Zoom(1280, 900)
	require.Equal(t, true, b.Value("innerWidth == 640 && devicePixelRatio == 2"))
	path := filepath.Join(t.TempDir(), "start.webp")
	b.Screenshot(path, true)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "RIFF", string(text[:4]))
}
