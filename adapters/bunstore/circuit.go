package bunstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sole-platform/sole/domain"
)

// The times within which a database that hangs is found out: a call waits, the question
// goes unanswered, and less than two seconds have passed.
const (
	suspectAfter = 500 * time.Millisecond
	askTimeout   = 1400 * time.Millisecond
	askEvery     = 250 * time.Millisecond
)

var errAway = fmt.Errorf("%w: the database is away", domain.ErrUnavailable)

// circuit keeps callers from waiting for a database that is away. When a call loses its
// connection, or just waits, the database is asked on a connection of its own. Without an
// answer the circuit is open: every connection is cut, which ends whatever waits on one, and
// calls fail at once. The database is asked until it answers; then all is as before. A
// statement that is slow or fails opens nothing. While nobody suspects anything nothing runs.
type circuit struct {
	ask     func(context.Context) error // nil: the database answers
	renew   func()                      // forgets the connections that were made until now
	changed func(away error)            // told why it opened, and nil when it closed
	ended   context.Context
	end     context.CancelFunc

	away atomic.Bool

	mu        sync.Mutex
	looking   bool // somebody asks
	suspected bool // since the last question
	lost      bool // a connection, since the last answer
	conns     map[*severable]struct{}
}

func newCircuit(ask func(context.Context) error, renew func(), changed func(error)) *circuit {
	ended, end := context.WithCancel(context.Background())
	return &circuit{ask: ask, renew: renew, changed: changed, ended: ended, end: end, conns: map[*severable]struct{}{}}
}

// call runs something that needs the database, unless that is away. A nil circuit is always closed.
func (c *circuit) call(run func() error) error {
	if c == nil {
		return run()
	}
	if c.away.Load() {
		return errAway
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
	if !c.looking {
		c.looking = true
		go c.look()
	}
}

// look asks until there is an answer and nobody suspects anything any more.
func (c *circuit) look() {
	for again := true; again; {
		c.mu.Lock()
		c.suspected = false
		c.mu.Unlock()
		ctx, cancel := context.WithTimeout(c.ended, askTimeout)
		err := c.ask(ctx)
		cancel()
		if c.ended.Err() != nil {
			return
		}
		c.turn(err)
		if sleep(c.ended, askEvery) != nil {
			return
		}
		c.mu.Lock()
		again = err != nil || c.suspected
		c.looking = again
		c.mu.Unlock()
	}
}

// turn opens or closes the circuit.
func (c *circuit) turn(err error) {
	c.mu.Lock()
	lost, was := c.lost, c.away.Load()
	if err == nil {
		c.lost = false
	}
	var cut []*severable
	if err != nil && !was {
		c.away.Store(true) // dial looks under the same lock: no connection escapes
		for conn := range c.conns {
			cut = append(cut, conn)
		}
	}
	c.mu.Unlock()
	for _, conn := range cut {
		_ = conn.Conn.Close()
	}
	if err == nil && (was || lost) {
		c.renew()
		c.away.Store(false)
	}
	if c.changed != nil && was != (err != nil) {
		c.changed(err)
	}
}

// dialer returns dial with connections that the circuit can cut; while it is open it makes none.
func (c *circuit) dialer(dial func(ctx context.Context, network, addr string) (net.Conn, error)) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if c.away.Load() {
			return nil, errAway
		}
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.away.Load() {
			return nil, errors.Join(errAway, conn.Close())
		}
		made := &severable{conn, c}
		c.conns[made] = struct{}{}
		return made, nil
	}
}

// severable is a connection that the circuit knows of until it is closed.
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
