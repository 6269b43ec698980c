package harness

import (
	"fmt"
	"net"
	"os"
	"sync"
	"testing"
)

// Main runs the tests of a package and stops the servers they started.
func Main(m *testing.M) {
	code := m.Run()
	for i := len(stops) - 1; i >= 0; i-- {
		stops[i]()
	}
	os.Exit(code)
}

var (
	mu    sync.Mutex
	stops []func()
)

// atEnd has stop called when the package's tests are over.
func atEnd(stop func()) {
	mu.Lock()
	defer mu.Unlock()
	stops = append(stops, stop)
}

// server is one kind of server, found once per test process.
type server struct {
	name     string
	env      string // holds the URL of one that already runs
	advice   string
	starters []func() (url string, err error)

	once sync.Once
	url  string
	err  error
}

// URL is where the server is; without one the test does not go on.
func (s *server) URL(t testing.TB) string {
	t.Helper()
	s.once.Do(s.find)
	if s.err == nil {
		return s.url
	}
	reason := fmt.Sprintf("no %s: set %s, start Docker, or install %s (%v)", s.name, s.env, s.advice, s.err)
	if os.Getenv("SOLE_TEST_REQUIRE_SERVICES") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}

func (s *server) find() {
	if s.url = os.Getenv(s.env); s.url != "" {
		return
	}
	for _, start := range s.starters {
		if s.url, s.err = start(); s.err == nil {
			return
		}
	}
}

// freePort finds a port that nothing listens on.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}
