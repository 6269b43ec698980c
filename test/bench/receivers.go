package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"

	"github.com/valyala/fasthttp"

	"github.com/sole-platform/sole/bootstrap"
)

// receiversRole answers the deliveries of webhooks, and counts them.
const receiversRole = "receivers"

// countPath is where receivers say how many deliveries they have got.
const countPath = "/count"

// serveReceivers answers on every address of this machine until the process is told to end.
func serveReceivers(config bootstrap.Config) error {
	listener, err := net.Listen("tcp", ":"+strconv.Itoa(config.Port))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var received atomic.Int64
	server := &fasthttp.Server{Handler: func(c *fasthttp.RequestCtx) {
		switch string(c.Path()) {
		case readyPath:
		case countPath:
			_, _ = c.WriteString(strconv.FormatInt(received.Load(), 10))
		default:
			received.Add(1)
			c.SetStatusCode(fasthttp.StatusNoContent)
		}
	}}
	context.AfterFunc(ctx, func() { _ = server.Shutdown() })
	err = server.Serve(listener)
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return err
}
