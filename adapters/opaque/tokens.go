package opaque

import (
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Tokens creates tokens of one kind that name their org and nothing else: challenges, step-ups and the
// links of emails.
type Tokens struct{ format format }

var _ port.OpaqueTokens = Tokens{}

// New returns the Tokens of a kind, which has a prefix of its own, for example "ch".
func New(prefix string) Tokens {
	return Tokens{format{prefix, idBytes + secretBytes}}
}

// New creates a token of org, which must be an id.
func (t Tokens) New(org domain.OrgID) domain.OpaqueToken {
	secret := t.format.write(slices.Concat(bytesOf(org), RandomBytes(secretBytes)))
	return domain.OpaqueToken{Org: org, Hash: hash(secret), Secret: secret}
}

// Parse reads a token. Text that New cannot have created is domain.ErrUnauthenticated.
func (t Tokens) Parse(token domain.Secret) (domain.OpaqueToken, error) {
	content, err := t.format.read(token)
	if err != nil {
		return domain.OpaqueToken{}, err
	}
	return domain.OpaqueToken{Org: idOf[domain.OrgID](content), Hash: hash(token), Secret: token}, nil
}
