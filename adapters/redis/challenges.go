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
	return &Challenges{oneTimeTokens[domain.Challenge]{client: client, kind: "challenge", gone: domain.ErrChallengeGone}}
}

// NewStepUps returns StepUps that are stored with client.
func NewStepUps(client *Client) *StepUps {
	return &StepUps{oneTimeTokens[domain.StepUp]{client: client, kind: "step-up", gone: domain.ErrStepUpGone}}
}

// NewCeremonies returns Ceremonies that are stored with client.
func NewCeremonies(client *Client) *Ceremonies {
	return &Ceremonies{oneTimeTokens[domain.Ceremony]{client: client, kind: "ceremony", gone: domain.ErrCeremonyGone}}
}

// oneTimeTokens are values that are found by the hash of a token and can be taken once.
type oneTimeTokens[V port.OneTimeValue] struct {
	client *Client
	kind   string
	gone   error
}

// Put implements port.OneTimeTokens.
func (t *oneTimeTokens[V]) Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error {
	if ttl < time.Millisecond {
		return translate(t.client.Del(ctx, t.key(org, hash)).Err()) // SET would never expire with 0
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return translate(t.client.Set(ctx, t.key(org, hash), text, ttl).Err())
}

// Get implements port.OneTimeTokens.
func (t *oneTimeTokens[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.decode(t.client.Get(ctx, t.key(org, hash)).Bytes())
}

// Take implements port.OneTimeTokens. GETDEL reads and removes in one step.
func (t *oneTimeTokens[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.decode(t.client.GetDel(ctx, t.key(org, hash)).Bytes())
}

func (t *oneTimeTokens[V]) key(org domain.OrgID, hash domain.TokenHash) string {
	return t.client.key(t.kind, string(org), string(hash))
}

func (t *oneTimeTokens[V]) decode(text []byte, err error) (value V, _ error) {
	if errors.Is(err, goredis.Nil) {
		return value, t.gone
	}
	if err != nil {
		return value, translate(err)
	}
	if json.Unmarshal(text, &value) != nil {
		var none V
		return none, t.gone // not a value of this service
	}
	return value, nil
}
