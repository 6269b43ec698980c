package port

import (
	"context"
	"time"
)

// RequestLimiter limits the requests of each client network in windows that start with the first request. A replica decides by
// itself, so that no request waits for another process, and learns afterwards how many requests the other replicas have allowed.
// Its counts may be out of date. Those of a Limiter must not be, so a Limiter counts guesses.
//
// Let N be the most requests that one replica allows from the start of one exchange of counts to the end of the next; it is never
// more than Max. One replica alone allows at most Max requests in a window. R replicas together allow at most Max + (R-1)*N. A
// replica that restarts in the window counts as one more.
type RequestLimiter interface {
	// Take counts one request. It must not wait for another process. Of any number of parallel calls in a window at
	// most Max must be allowed. Requests over the limit must not extend the window. An adapter that is full must
	// forget another network instead of refusing a new one, which an attacker with many networks could otherwise bring about.
	Take(network string) RateVerdict
}

// RequestCounts stores the counts of all replicas, in one window for each network. If the storage is unreachable it must return
// domain.ErrUnavailable.
type RequestCounts interface {
	// Exchange stores each count and returns the window that it was added to, in the same order. A repeated exchange must change
	// nothing, nor must one that arrives after a later one. A count of an earlier window must not be added to the current one.
	Exchange(ctx context.Context, counts []RequestCount) ([]RequestWindow, error)
}

// RequestCount is how many requests of a network one replica has allowed in a window.
type RequestCount struct {
	Network string
	ID      string        // unique among the counts of all replicas and windows
	Allowed int           // requests since the window began
	Window  int64         // the ID of the window; 0: not known yet
	Left    time.Duration // until the window ends, as far as the replica knows
}

// RequestWindow is a window as all replicas see it.
type RequestWindow struct {
	ID    int64
	Total int           // requests that all replicas have allowed
	Left  time.Duration // until the window ends; 0: the window of the count has ended
}
