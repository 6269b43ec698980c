package conformance

import (
	"errors"
	"sync"
	"testing"

	"github.com/sole-platform/sole/domain"
)

// crowd runs act in n goroutines that start together, and returns their errors.
func crowd(n int, act func(i int) error) []error {
	var (
		errs  = make([]error, n)
		start = make(chan struct{})
		done  sync.WaitGroup
	)
	for i := range n {
		done.Go(func() {
			<-start
			errs[i] = act(i)
		})
	}
	close(start)
	done.Wait()
	return errs
}

// mustAllSucceed fails the test if any of the calls failed.
func mustAllSucceed(t *testing.T, errs []error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatalf("of %d at once some failed:\n%v", len(errs), err)
	}
}

// mustHaveOneWinner fails the test unless one call succeeded and all others returned the error lost.
func mustHaveOneWinner(t *testing.T, errs []error, lost *domain.Error) {
	t.Helper()
	winners := 0
	for _, err := range errs {
		switch {
		case err == nil:
			winners++
		case !isError(err, lost):
			t.Errorf("a loser got %v; want %v", err, lost)
		}
	}
	if winners != 1 {
		t.Fatalf("%d of %d won; want 1", winners, len(errs))
	}
}

// isError reports whether err has the code and the message of want: several conflicts share one code.
func isError(err error, want *domain.Error) bool {
	got, ok := errors.AsType[*domain.Error](err)
	return ok && got.Code == want.Code && got.Message == want.Message
}

func mustFail(t *testing.T, err error, want *domain.Error, doing string) {
	t.Helper()
	if !isError(err, want) {
		t.Fatalf("%s: got %v; want %v", doing, err, want)
	}
}

// oddText has characters that break careless quoting, in several alphabets.
const oddText = "Zoë e\u0301 漢字 عربى 🙂‍↕️ 'one' \"two\" `three` \\ \\u0000 % _ ; -- /* " +
	"? ?0 ?? $1 :name {\"a\":1}\n\t'; DROP TABLE users; --"
