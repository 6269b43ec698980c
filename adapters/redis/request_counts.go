package redis

import (
	"context"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sole-platform/sole/application/port"
)

// RequestCounts implements port.RequestCounts. A window is a hash with a field for each count and a field for its end by the
// server's clock. The end is also the ID of the window.
type RequestCounts struct{ client *Client }

var _ port.RequestCounts = (*RequestCounts)(nil)

// NewRequestCounts returns the counts that client stores.
func NewRequestCounts(client *Client) *RequestCounts { return &RequestCounts{client} }

// exchange stores a count in the current window of its network and returns the window. If there is none it starts one that ends
// when the replica expects. If the replica knows a window that the server has lost, exchange starts that one again. A count never
// becomes smaller, because a server that hung may run an exchange after a later one.
var exchange = goredis.NewScript(`
local id, allowed, known, left = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if known > 0 and known <= now then
  return {known, 0, 0}
end
local ends = tonumber(redis.call('HGET', KEYS[1], 'ends') or 0)
if ends <= now then
  ends = known > 0 and known or now + left
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'ends', ends)
  redis.call('PEXPIREAT', KEYS[1], ends)
end
local stored = tonumber(redis.call('HGET', KEYS[1], 'by ' .. id) or -1)
if stored < allowed then
  redis.call('HSET', KEYS[1], 'by ' .. id, allowed)
end
local total = -ends
for _, value in ipairs(redis.call('HVALS', KEYS[1])) do
  total = total + value
end
return {ends, total, ends - now}`)

// Exchange implements port.RequestCounts.
func (r *RequestCounts) Exchange(ctx context.Context, counts []port.RequestCount) ([]port.RequestWindow, error) {
	windows, err := r.exchange(ctx, exchange.EvalSha, counts)
	if err != nil && goredis.HasErrorPrefix(err, "NOSCRIPT") {
		windows, err = r.exchange(ctx, exchange.Eval, counts)
	}
	return windows, translate(err)
}

// run is EvalSha, which needs a server that knows the script, or Eval, which sends the text of the script.
type run func(ctx context.Context, c goredis.Scripter, keys []string, args ...any) *goredis.Cmd

func (r *RequestCounts) exchange(ctx context.Context, run run, counts []port.RequestCount) ([]port.RequestWindow, error) {
	commands := make([]*goredis.Cmd, len(counts))
	_, err := r.client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for i, count := range counts {
			left := (count.Left + time.Millisecond - 1).Milliseconds()
			commands[i] = run(ctx, pipe, []string{r.client.key("requests", count.Network)}, count.ID, count.Allowed, count.Window, left)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	windows := make([]port.RequestWindow, len(counts))
	for i, command := range commands {
		result, err := command.Int64Slice()
		if err != nil {
			return nil, err
		}
		windows[i] = port.RequestWindow{ID: result[0], Total: int(result[1]), Left: time.Duration(result[2]) * time.Millisecond}
	}
	return windows, nil
}
