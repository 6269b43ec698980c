package http

import (
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxConnections bounds the connections that are served at once; each costs some memory
	// though nothing is asked on it.
	maxConnections = 8192
	// The refusal of a connection is said in passing, to so many at a time, and not waited for.
	refusalsAtOnce = 64
	refusalTime    = 500 * time.Millisecond
)

// refusal is what a connection too many is told. It has no request id: no request was read.
var refusal = fmt.Sprintf("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\nCache-Control: no-store\r\n"+
	"X-Content-Type-Options: nosniff\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(refusalBody), refusalBody)

const refusalBody = `{"type":"urn:sole:problem:unavailable","title":"Service Unavailable","status":503,"detail":"Too many connections at once: try again shortly.","code":"unavailable","request_id":""}`

// gate counts the connections of every listener.
type gate struct {
	limit    int64
	open     atomic.Int64
	refused  atomic.Int64
	refusing chan struct{}
}

func newGate(limit int) *gate {
	return &gate{limit: int64(limit), refusing: make(chan struct{}, refusalsAtOnce)}
}

// guard returns a listener that hands on no more connections than the gate admits.
func (g *gate) guard(listener net.Listener) net.Listener { return guarded{listener, g} }

type guarded struct {
	net.Listener
	gate *gate
}

// Accept implements net.Listener.
func (l guarded) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.gate.open.Add(1) <= l.gate.limit {
			return &counted{Conn: conn, leave: sync.OnceFunc(func() { l.gate.open.Add(-1) })}, nil
		}
		l.gate.open.Add(-1)
		l.gate.refused.Add(1)
		l.gate.refuse(conn)
	}
}

// refuse says why, where that costs little, and closes.
func (g *gate) refuse(conn net.Conn) {
	select {
	case g.refusing <- struct{}{}:
	default:
		_ = conn.Close()
		return
	}
	go func() {
		defer func() { <-g.refusing }()
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(refusalTime)) //nolint:forbidigo // deadlines of connections are real time
		_, _ = io.WriteString(conn, refusal)
		if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(conn, readLimit)) // a close before it has sent would lose the answer
		}
	}()
}

// counted is a connection that leaves the gate when it is closed.
type counted struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}
