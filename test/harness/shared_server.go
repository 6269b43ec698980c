package harness

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
)

// sharedServer finds one kind of server, once per test process.
type sharedServer struct {
	name   string
	env    string // variable with the URL of a running server; empty: running servers are not used
	advice string // what to install
	routes []route

	once sync.Once
	url  string
	err  error
}

// route is a way to start a server if the environment names none.
type route struct {
	name  string
	start func() (url string, err error)
}

// URL returns the URL of the server. It skips or fails the test if there is none.
func (s *sharedServer) URL(t testing.TB) string {
	t.Helper()
	s.once.Do(s.find)
	if err := s.missing(); err != nil {
		Missing(t, err.Error())
	}
	return s.url
}

// missing returns an error with advice if no server was found.
func (s *sharedServer) missing() error {
	if s.err == nil {
		return nil
	}
	set := ""
	if s.env != "" {
		set = "set " + s.env + ", "
	}
	return fmt.Errorf("no %s: %sstart Docker, or install %s (%w)", s.name, set, s.advice, s.err)
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
