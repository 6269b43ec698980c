//go:build unix

package faults

import (
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// proxy simulates a faulty network in front of a server.
type proxy struct {
	url   string       // of the server, through the proxy
	delay atomic.Int64 // of each message, in nanoseconds
	hole  atomic.Bool  // messages are lost, and their connections with them
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	at, err := url.Parse(server)
	require.NoError(t, err)
	target := at.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	at.Host = listener.Addr().String()
	p := &proxy{url: at.String()}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if err != nil {
				_ = client.Close()
				continue
			}
			go p.carry(client, server)
			go p.carry(server, client)
		}
	}()
	return p
}

// carry copies messages from one connection to the other until one is closed.
func (p *proxy) carry(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	message := make([]byte, 64<<10)
	for {
		n, err := from.Read(message)
		if p.hole.Load() {
			_, _ = io.Copy(io.Discard, from)
			return
		}
		time.Sleep(time.Duration(p.delay.Load()))
		if _, failed := to.Write(message[:n]); failed != nil || err != nil {
			return
		}
	}
}
