package harness

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
)

// Main runs the tests of a package, stops the servers they started and exits.
func Main(m *testing.M) {
	code := m.Run()
	StopAll()
	os.Exit(code)
}

var (
	mu    sync.Mutex
	stops []func()
)

// AtEnd registers a function that is called after the tests of the package.
func AtEnd(stop func()) {
	mu.Lock()
	defer mu.Unlock()
	stops = append(stops, stop)
}

// StopAll calls the functions registered with AtEnd, the latest first. Main does it for tests.
func StopAll() {
	mu.Lock()
	defer mu.Unlock()
	for i := len(stops) - 1; i >= 0; i-- {
		stops[i]()
	}
	stops = nil
}

// Parallel runs up to n tests of the package at once, even with fewer processors, for tests that
// mostly wait for servers and processes. The flag -parallel takes precedence.
func Parallel(n int) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set(strconv.Itoa(max(n, runtime.GOMAXPROCS(0))))
	}
}
