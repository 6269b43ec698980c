package auth

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// put keeps a value under a new token. What could not be put is put once more: where the
// tickets have a second place by then, it is kept there. The token is another one each time,
// for the first may yet be found where it was put too late, and would be good twice.
func put[V domain.Challenge | domain.StepUp](ctx context.Context, tickets port.Tickets[V], tokens port.OpaqueTokens, org domain.OrgID, value V, ttl time.Duration) (domain.OpaqueToken, error) {
	token := tokens.New(org)
	err := tickets.Put(ctx, org, token.Hash, value, ttl)
	if errors.Is(err, domain.ErrUnavailable) {
		token = tokens.New(org)
		err = tickets.Put(ctx, org, token.Hash, value, ttl)
	}
	return token, err
}
