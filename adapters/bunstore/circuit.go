package bunstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sole-platform/sole/domain"
)

// A database that hangs is detected in less than two seconds: after a call has waited for suspectAfter, a ping gets no
// answer for pingTimeout. A database that answers again is detected within one second.
const (
	suspectAfter = 500 * time.Millisecond
	pingTimeout  = 1400 * time.Millisecond
	pingInterval = 250 * time.Millisecond
)

var errUnreachable = fmt.Errorf("%w: the database is unreachable", domain.ErrUnavailable)

// circuit keeps callers from waiting for an unreachable database. When a call loses its connection, or waits for long,
// the database is pinged on a connection of its own. If it does not answer, the circuit opens: every connection is
// closed, which ends the calls that wait, and further calls fail at once. The database is pinged until it answers, which
// closes the circuit. A statement that is slow or fails does not open it. No ping is sent without a suspicion.
type circuit struct {
	ping    func(context.Context) error // returns nil if the database answers
	renew   func()                      // discards the connections that were made until now
	changed func(reason error)          // called with the reason when the circuit opens, and with nil when it closes
	ended   context.Context
	end     context.CancelFunc

	open atomic.Bool

	mu        sync.Mutex
	watching  bool // whether the goroutine of watch runs
	suspected bool // whether there was a suspicion since the last ping
	lost      bool // whether a connection was lost since the last answer
	conns     map[*severable]struct{}
}

func newCircuit(ping func(context.Context) error, renew func(), changed func(error)) *circuit {
	ended, end := context.WithCancel(context.Background())
	return &circuit{ping: ping, renew: renew, changed: changed, ended: ended, end: end, conns: map[*severable]struct{}{}}
}

// call runs something that needs the database, unless the circuit is open. A nil circuit is always closed.
func (c *circuit) call(run func() error) error {
	if c == nil {
		return run()
	}
	if c.open.Load() {
		return errUnreachable
	}
	waiting := time.AfterFunc(suspectAfter, func() { c.suspect(false) })
	defer waiting.Stop()
	err := run()
	if isConnectionLost(err) {
		c.suspect(true)
	}
	return err
}

func (c *circuit) suspect(lost bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.suspected, c.lost = true, c.lost || lost
	if !c.watching {
		c.watching = true
		go c.watch()
	}
}

// watch pings until there is no new suspicion.
func (c *circuit) watch() {
	for again := true; again; {
		c.mu.Lock()
		c.suspected = false
		c.mu.Unlock()
		err := c.pingOnce(c.ended)
		if err != nil && c.ended.Err() == nil {
			c.set(err)
			c.await()
		}
		if c.ended.Err() != nil {
			return
		}
		c.set(nil)
		if sleep(c.ended, pingInterval) != nil {
			return
		}
		c.mu.Lock()
		again = c.suspected
		c.watching = again
		c.mu.Unlock()
	}
}

func (c *circuit) pingOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	return c.ping(ctx)
}

// await pings until the first answer. It does not wait for the result of one ping before it sends the next, because the
// first may have been lost in the network.
func (c *circuit) await() {
	ctx, cancel := context.WithCancel(c.ended)
	defer cancel()
	answered := make(chan struct{}, 1)
	for {
		go func() {
			if c.pingOnce(ctx) == nil {
				select {
				case answered <- struct{}{}:
				default: // another ping was answered before
				}
			}
		}()
		select {
		case <-answered:
			return
		case <-ctx.Done():
			return
		case <-time.After(pingInterval):
		}
	}
}

// set opens the circuit because of an error, or closes it if err is nil.
func (c *circuit) set(err error) {
	c.mu.Lock()
	lost, wasOpen := c.lost, c.open.Load()
	if err == nil {
		c.lost = false
	}
	var cut []*severable
	if err != nil && !wasOpen {
		c.open.Store(true) // dialer checks it under the same lock, so that no connection is missed
		for conn := range c.conns {
			cut = append(cut, conn)
		}
	}
	c.mu.Unlock()
	for _, conn := range cut {
		_ = conn.Conn.Close()
	}
	if err == nil && (wasOpen || lost) {
		c.renew()
		c.open.Store(false)
	}
	if wasOpen != (err != nil) {
		c.changed(err)
	}
}

// dialer wraps dial so that the circuit can close the connections. While the circuit is open, none is made.
func (c *circuit) dialer(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if c.open.Load() {
			return nil, errUnreachable
		}
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.open.Load() {
			return nil, errors.Join(errUnreachable, conn.Close())
		}
		made := &severable{conn, c}
		c.conns[made] = struct{}{}
		return made, nil
	}
}

// severable is a connection that the circuit can close. It is registered with the circuit until it is closed.
type severable struct {
	net.Conn
	circuit *circuit
}

// Close implements net.Conn.
func (s *severable) Close() error {
	s.circuit.mu.Lock()
	delete(s.circuit.conns, s)
	s.circuit.mu.Unlock()
	return s.Conn.Close()
}
