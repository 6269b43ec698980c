package opaque

import (
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Tokens makes tokens of one kind that name their org and nothing else: challenges,
// step-ups, links in mail.
type Tokens struct{ format format }

var _ port.OpaqueTokens = Tokens{}

// New makes Tokens of the kind that prefix names, for example "ch". Each use has a prefix of its own.
func New(prefix string) Tokens {
	return Tokens{format{prefix, idBytes + secretBytes}}
}

// New makes a token of org, which must be an id.
func (t Tokens) New(org domain.OrgID) domain.OpaqueToken {
	secret := t.format.write(slices.Concat(bytesOf(org), random(secretBytes)))
	return domain.OpaqueToken{Org: org, Hash: hash(secret), Secret: secret}
}

// Parse reads a token; what New cannot have made is domain.ErrUnauthenticated.
func (t Tokens) Parse(token domain.Secret) (domain.OpaqueToken, error) {
	content, err := t.format.read(token)
	if err != nil {
		return domain.OpaqueToken{}, err
	}
	return domain.OpaqueToken{Org: idOf[domain.OrgID](content), Hash: hash(token), Secret: token}, nil
}
