package redis

import (
	"context"
	"errors"
	"net"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// Observe has every call told to observe as it begins, by its command and never by its
// arguments; what observe returns is called as it ends. Set it before the client is used.
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

// failure leaves out what is an answer too: no such key, and a script to be sent whole.
func failure(err error) error {
	if errors.Is(err, goredis.Nil) || err != nil && goredis.HasErrorPrefix(err, "NOSCRIPT") {
		return nil
	}
	return err
}

// PoolStats is how the pool of connections stands.
type PoolStats struct {
	InUse  int
	Idle   int
	Waits  int64         // how often somebody had to wait for a connection
	Waited time.Duration // altogether
	Failed int64         // how often somebody waited in vain
}

// Pool tells how the pool of connections stands; of a Cluster, those of all nodes together.
func (c *Client) Pool() PoolStats {
	stats := c.PoolStats()
	return PoolStats{
		InUse: int(stats.TotalConns) - int(stats.IdleConns), Idle: int(stats.IdleConns),
		Waits: int64(stats.WaitCount), Waited: time.Duration(stats.WaitDurationNs), Failed: int64(stats.Timeouts),
	}
}
