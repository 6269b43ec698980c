package harness

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// sharedServer is one kind of server, found once per test process.
type sharedServer struct {
	name   string
	env    string // holds the URL of one that already runs; empty: none is good enough
	advice string // what to install
	routes []route

	once sync.Once
	url  string
	err  error
}

// route is a way to a server when the environment names none.
type route struct {
	name  string
	start func() (url string, err error)
}

// URL is where the server is; without one the test does not go on.
func (s *sharedServer) URL(t testing.TB) string {
	t.Helper()
	s.once.Do(s.find)
	if s.err != nil {
		set := ""
		if s.env != "" {
			set = "set " + s.env + ", "
		}
		without(t, fmt.Sprintf("no %s: %sstart Docker, or install %s (%v)", s.name, set, s.advice, s.err))
	}
	return s.url
}

func (s *sharedServer) find() {
	if s.env != "" {
		if s.url = os.Getenv(s.env); s.url != "" {
			return
		}
	}
	var failures []string
	for _, route := range s.routes {
		url, err := route.start()
		if err == nil {
			s.url = url
			return
		}
		failures = append(failures, route.name+": "+err.Error())
	}
	s.err = fmt.Errorf("%s", strings.Join(failures, "; "))
}

// without ends a test that cannot have its server: skipped, or failed where servers are required.
func without(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("SOLE_TEST_REQUIRE_SERVICES") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
