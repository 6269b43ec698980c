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
type Challenges struct{ client *Client }

var _ port.Challenges = (*Challenges)(nil)

// NewChallenges holds challenges through client.
func NewChallenges(client *Client) *Challenges { return &Challenges{client} }

// Put implements port.Challenges.
func (c *Challenges) Put(ctx context.Context, hash domain.TokenHash, challenge domain.Challenge, ttl time.Duration) error {
	if ttl < time.Millisecond {
		return translate(c.client.Del(ctx, c.client.key("challenge", string(hash))).Err()) // SET takes 0 for ever
	}
	value, err := json.Marshal(challenge)
	if err != nil {
		return err
	}
	return translate(c.client.Set(ctx, c.client.key("challenge", string(hash)), value, ttl).Err())
}

// Get implements port.Challenges.
func (c *Challenges) Get(ctx context.Context, hash domain.TokenHash) (domain.Challenge, error) {
	return decode(c.client.Get(ctx, c.client.key("challenge", string(hash))).Bytes())
}

// Take implements port.Challenges by GETDEL: reading and removal are one step.
func (c *Challenges) Take(ctx context.Context, hash domain.TokenHash) (domain.Challenge, error) {
	return decode(c.client.GetDel(ctx, c.client.key("challenge", string(hash))).Bytes())
}

func decode(value []byte, err error) (challenge domain.Challenge, _ error) {
	if errors.Is(err, goredis.Nil) {
		return challenge, domain.ErrChallengeGone
	}
	if err != nil {
		return challenge, translate(err)
	}
	if json.Unmarshal(value, &challenge) != nil {
		return domain.Challenge{}, domain.ErrChallengeGone // not ours: start again
	}
	return challenge, nil
}
