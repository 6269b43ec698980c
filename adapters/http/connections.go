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
	// maxConnections limits the connections that are open at the same time, because an idle one needs
	// memory, too.
	maxConnections = 8192
	// At most refusalsAtOnce refused connections get a response at the same time, each within
	// refusalTime; further ones are closed without a response.
	refusalsAtOnce = 64
	refusalTime    = 500 * time.Millisecond
)

// refusal is the response to a connection beyond the limit. It has no request id, because no request was read.
var refusal = fmt.Sprintf(
	"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\nCache-Control: no-store\r\n"+
		"X-Content-Type-Options: nosniff\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
	len(refusalBody), refusalBody,
)

const refusalBody = `{"type":"urn:sole:problem:unavailable","title":"Service Unavailable","status":503,` +
	`"detail":"Too many connections are open. Try again in a second.","code":"unavailable","request_id":""}`

// gate counts and limits the connections of all listeners.
type gate struct {
	limit    int64
	open     atomic.Int64
	refused  atomic.Int64
	refusing chan struct{}
}

func newGate(limit int) *gate {
	return &gate{limit: int64(limit), refusing: make(chan struct{}, refusalsAtOnce)}
}

// guard returns a listener that accepts no more connections than the gate allows.
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

// refuse sends the refusal, unless too many are being sent, and closes the connection.
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
			_, _ = io.Copy(io.Discard, io.LimitReader(conn, readLimit)) // closing before the client has sent its request would discard the response
		}
	}()
}

// counted is a connection that the gate counts until it is closed.
type counted struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}
