package redis

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Challenges implements port.Challenges.
type Challenges struct {
	oneTimeTokens[domain.Challenge]
}

// StepUps implements port.StepUps.
type StepUps struct{ oneTimeTokens[domain.StepUp] }

// Ceremonies implements port.Ceremonies.
type Ceremonies struct{ oneTimeTokens[domain.Ceremony] }

var (
	_ port.Challenges = (*Challenges)(nil)
	_ port.StepUps    = (*StepUps)(nil)
	_ port.Ceremonies = (*Ceremonies)(nil)
)

// NewChallenges returns Challenges that are stored with client.
func NewChallenges(client *Client) *Challenges {
	return &Challenges{oneTimeTokens[domain.Challenge]{
		client: client, kind: "challenge", gone: domain.ErrChallengeGone, lost: domain.ErrChallengeLost,
	}}
}

// NewStepUps returns StepUps that are stored with client.
func NewStepUps(client *Client) *StepUps {
	return &StepUps{oneTimeTokens[domain.StepUp]{
		client: client, kind: "step-up", gone: domain.ErrStepUpGone, lost: domain.ErrStepUpLost,
	}}
}

// NewCeremonies returns Ceremonies that are stored with client.
func NewCeremonies(client *Client) *Ceremonies {
	return &Ceremonies{oneTimeTokens[domain.Ceremony]{
		client: client, kind: "ceremony", gone: domain.ErrCeremonyGone, lost: domain.ErrCeremonyLost,
	}}
}

// oneTimeTokens are values that are found by the hash of a token and can be taken once. A replica that is promoted, or a
// server that starts again from its files, may have missed that a token was taken. Each then begins a new history of its data,
// which the server names (master_replid). A value is stored with the name of the history and is lost in any other one.
type oneTimeTokens[V port.OneTimeValue] struct {
	client     *Client
	kind       string
	gone, lost error
}

// put stores a JSON object with the name of the history as one more member.
var put = goredis.NewScript(`
local history = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)') or ''
redis.call('SET', KEYS[1], '{"history":"' .. history .. '",' .. string.sub(ARGV[1], 2), 'PX', ARGV[2])
return ''`)

// find reads with GET, or with GETDEL, which removes what it reads. It returns an empty text if the value is of another
// history. Values of earlier builds have none.
var find = goredis.NewScript(`
local value = redis.call(ARGV[1], KEYS[1])
if not value then
  return false
end
local history = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)') or ''
local own = string.match(value, '^{"history":"(%w*)",')
if own and own ~= history then
  return ''
end
return value`)

// Put implements port.OneTimeTokens.
func (t *oneTimeTokens[V]) Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error {
	if ttl < time.Millisecond {
		return translate(t.client.Del(ctx, t.key(org, hash)).Err()) // SET would never expire with 0
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return translate(put.Run(ctx, t.client, []string{t.key(org, hash)}, text, ttl.Milliseconds()).Err())
}

// Get implements port.OneTimeTokens.
func (t *oneTimeTokens[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, hash, "GET")
}

// Take implements port.OneTimeTokens. GETDEL reads and removes in one step.
func (t *oneTimeTokens[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, hash, "GETDEL")
}

func (t *oneTimeTokens[V]) key(org domain.OrgID, hash domain.TokenHash) string {
	return t.client.key(t.kind, string(org), string(hash))
}

func (t *oneTimeTokens[V]) find(ctx context.Context, org domain.OrgID, hash domain.TokenHash, command string) (V, error) {
	var none, value V
	text, err := find.Run(ctx, t.client, []string{t.key(org, hash)}, command).Text()
	switch {
	case errors.Is(err, goredis.Nil):
		return none, t.gone
	case err != nil:
		return none, translate(err)
	case text == "":
		return none, t.lost
	case json.Unmarshal([]byte(text), &value) != nil:
		return none, t.gone // not a value of this service
	}
	return value, nil
}
