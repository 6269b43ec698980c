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
type Challenges struct{ tickets[domain.Challenge] }

// StepUps implements port.StepUps.
type StepUps struct{ tickets[domain.StepUp] }

var (
	_ port.Challenges = (*Challenges)(nil)
	_ port.StepUps    = (*StepUps)(nil)
)

// NewChallenges holds challenges through client.
func NewChallenges(client *Client) *Challenges {
	return &Challenges{tickets[domain.Challenge]{client, "challenge", domain.ErrChallengeGone}}
}

// NewStepUps holds step-ups through client.
func NewStepUps(client *Client) *StepUps {
	return &StepUps{tickets[domain.StepUp]{client, "step-up", domain.ErrStepUpGone}}
}

// tickets are found by the hash of a token and can be taken once.
type tickets[V domain.Challenge | domain.StepUp] struct {
	client *Client
	kind   string
	gone   error
}

// Put holds a value for ttl.
func (t *tickets[V]) Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error {
	if ttl < time.Millisecond {
		return translate(t.client.Del(ctx, t.key(org, hash)).Err()) // SET takes 0 for ever
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return translate(t.client.Set(ctx, t.key(org, hash), text, ttl).Err())
}

// Get shows a value without taking it.
func (t *tickets[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.decode(t.client.Get(ctx, t.key(org, hash)).Bytes())
}

// Take removes a value and returns it, by GETDEL: both are one step.
func (t *tickets[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.decode(t.client.GetDel(ctx, t.key(org, hash)).Bytes())
}

func (t *tickets[V]) key(org domain.OrgID, hash domain.TokenHash) string {
	return t.client.key(t.kind, string(org), string(hash))
}

func (t *tickets[V]) decode(text []byte, err error) (value V, _ error) {
	if errors.Is(err, goredis.Nil) {
		return value, t.gone
	}
	if err != nil {
		return value, translate(err)
	}
	if json.Unmarshal(text, &value) != nil {
		var none V
		return none, t.gone // not ours: start again
	}
	return value, nil
}
