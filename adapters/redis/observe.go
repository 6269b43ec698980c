package redis

import (
	"context"
	"errors"
	"net"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Observe calls observe at the start of every call, with the name of the command and never with its arguments. What observe
// returns is called with the result. Call Observe before the client is used.
func (c *Client) Observe(observe func(ctx context.Context, command string) (context.Context, func(error))) {
	c.AddHook(calls{observe})
}

// calls implements goredis.Hook.
type calls struct {
	observe func(context.Context, string) (context.Context, func(error))
}

func (calls) DialHook(next goredis.DialHook) goredis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (h calls) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, command goredis.Cmder) error {
		ctx, ended := h.observe(ctx, command.Name())
		err := next(ctx, command)
		ended(failure(err))
		return err
	}
}

func (h calls) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, commands []goredis.Cmder) error {
		ctx, ended := h.observe(ctx, "pipeline")
		err := next(ctx, commands)
		ended(failure(err))
		return err
	}
}

// failure returns nil for errors that are a regular answer: no such key, and a script that the server does not know yet.
func failure(err error) error {
	if errors.Is(err, goredis.Nil) || err != nil && goredis.HasErrorPrefix(err, "NOSCRIPT") {
		return nil
	}
	return err
}

// PoolStats describes the pool of connections.
type PoolStats struct {
	InUse  int
	Idle   int
	Waits  int64         // how often a call had to wait for a connection
	Waited time.Duration // sum of these waits
	Failed int64         // how often a call got no connection
}

// Pool describes the pool of connections; for a Cluster it returns the sum over all nodes.
func (c *Client) Pool() PoolStats {
	stats := c.PoolStats()
	return PoolStats{
		InUse: int(stats.TotalConns) - int(stats.IdleConns), Idle: int(stats.IdleConns),
		Waits: int64(stats.WaitCount), Waited: time.Duration(stats.WaitDurationNs), Failed: int64(stats.Timeouts),
	}
}
