package redis

import (
	"context"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sole-platform/sole/application/port"
)

// Limiter implements port.Limiter.
type Limiter struct{ client *Client }

var _ port.Limiter = (*Limiter)(nil)

// NewLimiter returns a Limiter that counts with client.
func NewLimiter(client *Client) *Limiter { return &Limiter{client} }

// take counts one event in one step. A window without an expiry gets one. That is a new window, or one whose expiry was
// removed by hand, which would otherwise never end.
var take = goredis.NewScript(`
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {count, left}`)

// peek reads a window without counting.
var peek = goredis.NewScript(`
return {tonumber(redis.call('GET', KEYS[1]) or '0'), redis.call('PTTL', KEYS[1])}`)

// Take implements port.Limiter.
func (l *Limiter) Take(ctx context.Context, name string, rate port.Rate) (port.RateVerdict, error) {
	count, reset, err := l.window(ctx, take, name, rate.Per.Milliseconds())
	return verdict(err == nil && count <= rate.Max, rate, count, reset), err
}

// Peek implements port.Limiter.
func (l *Limiter) Peek(ctx context.Context, name string, rate port.Rate) (port.RateVerdict, error) {
	count, reset, err := l.window(ctx, peek, name)
	return verdict(err == nil && count < rate.Max, rate, count, reset), err
}

func verdict(allowed bool, rate port.Rate, count int, reset time.Duration) port.RateVerdict {
	return port.RateVerdict{Allowed: allowed, Limit: rate.Max, Remaining: max(0, rate.Max-count), Reset: reset}
}

func (l *Limiter) window(
	ctx context.Context, script *goredis.Script, name string, args ...any,
) (count int, reset time.Duration, err error) {
	result, err := script.Run(ctx, l.client, []string{l.client.key("limit", name)}, args...).Int64Slice()
	if err != nil {
		return 0, 0, translate(err)
	}
	return int(result[0]), time.Duration(max(0, result[1])) * time.Millisecond, nil
}
