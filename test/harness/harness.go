package harness

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
)

// Main runs the tests of a package, stops the servers they started and exits. Tests wait for
// servers and processes more than they compute, so more of them run at once than there are
// processors, unless -parallel says otherwise.
func Main(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set(strconv.Itoa(max(parallel, runtime.GOMAXPROCS(0))))
	}
	code := m.Run()
	stopAll()
	os.Exit(code)
}

// parallel is how many tests run at once on a small machine.
const parallel = 6

var (
	mu    sync.Mutex
	stops []func()
)

// AtEnd has stop called when the package's tests are over.
func AtEnd(stop func()) {
	mu.Lock()
	defer mu.Unlock()
	stops = append(stops, stop)
}

// stopAll calls what AtEnd was given, the latest first.
func stopAll() {
	mu.Lock()
	defer mu.Unlock()
	for i := len(stops) - 1; i >= 0; i-- {
		stops[i]()
	}
	stops = nil
}
