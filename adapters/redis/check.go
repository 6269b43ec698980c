package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	checkKeys = 16 // enough that a single node of a Cluster is very unlikely to serve all their slots
	checkFor  = time.Second
)

// Check runs the commands that the service uses. A server that answers PING can still be full, a replica, a node of a Cluster
// without cluster=true in the URL, or forbid a command. After a failure the nodes of a Cluster are listed again, because another
// one may have taken over: the library does so only once a minute.
func (c *Client) Check(ctx context.Context) error {
	err := c.check(ctx)
	if cluster, ok := c.UniversalClient.(*goredis.ClusterClient); ok && err != nil {
		cluster.ReloadState(ctx)
	}
	return err
}

func (c *Client) check(ctx context.Context) error {
	_, err := c.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for i := range checkKeys {
			pipe.Set(ctx, c.key("health", strconv.Itoa(i)), "", checkFor)
		}
		return nil
	})
	if err != nil {
		return translate(err)
	}
	tokens := NewChallenges(c)
	if err := tokens.Put(ctx, "health", "health", domain.Challenge{}, checkFor); err != nil {
		return err
	}
	if _, err := tokens.Take(ctx, "health", "health"); errors.Is(err, domain.ErrUnavailable) { // another replica may take it first
		return err
	}
	if _, err = NewLimiter(c).Take(ctx, "health", port.Rate{Max: 1, Per: checkFor}); err != nil {
		return err
	}
	_, err = NewRequestCounts(c).Exchange(ctx, []port.RequestCount{{Network: "health", ID: "health", Left: checkFor}})
	return err
}

var errCluster = errors.New("the server is a node of a Cluster: add ?cluster=true to the URL")

// translate returns errors as domain.ErrUnavailable. An error that the server answered also wraps port.ErrRefused.
func translate(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if _, answered := errors.AsType[goredis.Error](err); answered {
		return fmt.Errorf("%w: redis %w: %w", domain.ErrUnavailable, port.ErrRefused, explained(err))
	}
	return fmt.Errorf("%w: redis: %w", domain.ErrUnavailable, err)
}

// explained adds a remedy to an error of the server. It removes the arguments of an unknown command, which the server
// repeats, because they can be secret.
func explained(err error) error {
	switch {
	case goredis.HasErrorPrefix(err, "MOVED"), goredis.HasErrorPrefix(err, "ASK"):
		return fmt.Errorf("%w: %w", errCluster, err)
	case goredis.HasErrorPrefix(err, "unknown command"):
		message, _, _ := strings.Cut(err.Error(), ", with args")
		return errors.New(message)
	}
	return err
}
