package auth

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// oneTimeTokens issues one-time tokens and stores the values that belong to them.
type oneTimeTokens[V port.OneTimeValue] struct {
	values port.OneTimeTokens[V]
	tokens port.OpaqueTokens
}

// issue stores a value under a new token for ttl. When that fails it tries once more: a store that
// has a second place uses it then. The second try uses another token, because the first value may
// still appear, and a token that is stored in two places could be used twice.
func (o oneTimeTokens[V]) issue(ctx context.Context, org domain.OrgID, value V, ttl time.Duration) (domain.OpaqueToken, error) {
	token := o.tokens.New(org)
	err := o.values.Put(ctx, org, token.Hash, value, ttl)
	if errors.Is(err, domain.ErrUnavailable) {
		token = o.tokens.New(org)
		err = o.values.Put(ctx, org, token.Hash, value, ttl)
	}
	return token, err
}
