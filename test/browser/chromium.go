package browser

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/sole-platform/sole/test/harness"
)

// patience is how long a tab waits for the browser, and for what a page should show.
const patience = 30 * time.Second

// flags start a Chromium that does nothing on its own and reaches only this machine.
var flags = []string{
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio",
	"--no-startup-window", "--no-first-run", "--password-store=basic", "--force-color-profile=srgb",
	"--disable-background-networking", "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
	"--disable-breakpad", "--disable-component-update", "--disable-default-apps", "--disable-domain-reliability",
	"--disable-extensions", "--disable-renderer-backgrounding", "--disable-sync", "--metrics-recording-only",
	"--disable-features=SpareRendererForSitePerProcess,Translate,MediaRouter,OptimizationHints",
	"--host-resolver-rules=MAP localhost 127.0.0.1, MAP *.localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
	"--remote-debugging-pipe",
}

// errNone says why there is no browser to test with.
var errNone = errors.New("this machine has no Chromium: install chromium-headless-shell or chromium, or set SOLE_TEST_BROWSER to its path")

// find returns the path of the browser.
func find() (string, error) {
	names := []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"}
	if chosen := os.Getenv("SOLE_TEST_BROWSER"); chosen != "" {
		names = []string{chosen}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errNone
}

// Require skips the test if there is no browser, or fails it if SOLE_TEST_REQUIRE_BROWSER is set. Tests call it before they start
// anything expensive; [Open] does it too.
func Require(t testing.TB) {
	t.Helper()
	if os.Getenv("SOLE_TEST_BROWSER") == "off" {
		t.Skip("SOLE_TEST_BROWSER=off")
	}
	if _, err := find(); err != nil && os.Getenv("SOLE_TEST_REQUIRE_BROWSER") != "" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip(err)
	}
}

// shared is the browser of this test process.
var shared = sync.OnceValues(start)

// start starts a browser with a new profile. It ends with the tests.
func start() (*connection, error) {
	path, err := find()
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "sole-chromium-")
	if err != nil {
		return nil, err
	}
	theirs, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	from, answers, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	said := &harness.Output{}
	command := exec.Command(path, append(flags, "--user-data-dir="+profile)...)
	command.ExtraFiles = []*os.File{theirs, answers} // Chromium reads 3 and writes 4
	command.Stdout, command.Stderr = said, said
	ended, err := harness.Start(command)
	if err = cmp.Or(err, theirs.Close(), answers.Close()); err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	c := connect(to, from, said)
	version, err := c.call("", "Browser.getVersion", nil)
	if err != nil {
		return nil, err
	}
	c.agent = version["userAgent"]
	harness.AtEnd(func() {
		_, _ = c.call("", "Browser.close", nil)
		_, _ = to.Close(), from.Close()
		select {
		case <-ended:
		case <-time.After(patience):
			_ = command.Process.Kill()
			<-ended
		}
		// The last of its processes may still write.
		for end := time.Now().Add(patience); os.RemoveAll(profile) != nil && time.Now().Before(end); {
			time.Sleep(20 * time.Millisecond)
		}
	})
	return c, nil
}
