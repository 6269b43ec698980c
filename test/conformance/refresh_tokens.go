package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// RefreshTokens checks every promise of port.RefreshTokens.
func RefreshTokens(t *testing.T, open func(t *testing.T) port.RefreshTokens) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, port.RefreshTokens)
	}{
		{"parses its own token of any generation", refreshRoundTrip},
		{"makes a new token in each generation of a family", refreshGenerations},
		{"makes families that nobody can guess from a session", refreshFamilies},
		{"returns hashes that show nothing of the token", refreshHashesHide},
		{"refuses a token in any other form", refreshForms},
		{"opens a sealed successor with the old token", refreshSealed},
		{"does not open a sealed successor with another token", refreshSealedElsewhere},
		{"does not open a sealed successor without the secret of the old token", refreshSealedFromDatabase},
		{"does not open a sealed successor that was changed or shortened", refreshSealedChanged},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
	}
}

func refreshRoundTrip(t *testing.T, tokens port.RefreshTokens) {
	made := tokens.New(tokenOrg, tokenSession)
	for generation := range 3 {
		parsed, err := tokens.Parse(domain.NewSecret(made.Secret.Reveal()))
		if err != nil || parsed.Org != tokenOrg || parsed.Session != tokenSession ||
			!parsed.Hash.Equal(made.Hash) || !parsed.FamilyHash.Equal(made.FamilyHash) {
			t.Errorf("generation %d: got %+v, %v; want %+v", generation, parsed, err, made)
		}
		made = tokens.Next(parsed)
	}
}

func refreshGenerations(t *testing.T, tokens port.RefreshTokens) {
	token, seen := tokens.New(tokenOrg, tokenSession), map[domain.TokenHash]bool{}
	for range 100 {
		next := tokens.Next(token)
		if !next.FamilyHash.Equal(token.FamilyHash) || next.Org != token.Org || next.Session != token.Session {
			t.Fatalf("another family: %+v after %+v", next, token)
		}
		if seen[next.Hash] || next.Hash.Equal(token.Hash) {
			t.Fatal("the same token twice")
		}
		seen[next.Hash] = true
		token = next
	}
}

func refreshFamilies(t *testing.T, tokens port.RefreshTokens) {
	one, other := tokens.New(tokenOrg, tokenSession), tokens.New(tokenOrg, tokenSession)
	if one.FamilyHash.Equal(other.FamilyHash) {
		t.Error("two families of one session are the same")
	}
}

func refreshHashesHide(t *testing.T, tokens port.RefreshTokens) {
	token := tokens.New(tokenOrg, tokenSession)
	mustHide(t, token.Hash, token.Secret)
	mustHide(t, token.FamilyHash, token.Secret)
	if token.Hash.Equal(token.FamilyHash) {
		t.Error("the token's hash is its family's")
	}
}

func refreshForms(t *testing.T, tokens port.RefreshTokens) {
	mustParseOneForm(t, tokens.New(tokenOrg, tokenSession).Secret, func(token domain.Secret) error {
		_, err := tokens.Parse(token)
		return err
	})
}

func mustSealSuccessor(t *testing.T, tokens port.RefreshTokens) (old, next domain.RefreshToken, sealed []byte) {
	t.Helper()
	old = tokens.New(tokenOrg, tokenSession)
	next = tokens.Next(old)
	sealed, err := tokens.Seal(old, next)
	if err != nil {
		t.Fatalf("Seal: %v", err)
	}
	return old, next, sealed
}

func mustNotOpenSuccessor(t *testing.T, tokens port.RefreshTokens, old domain.RefreshToken, sealed []byte, what string) {
	t.Helper()
	if token, err := tokens.Open(old, sealed); err == nil || !token.Secret.IsZero() {
		t.Errorf("%s: got %v; want an error", what, err)
	}
}

func refreshSealed(t *testing.T, tokens port.RefreshTokens) {
	old, next, sealed := mustSealSuccessor(t, tokens)
	presented, err := tokens.Parse(domain.NewSecret(old.Secret.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // as often as it is repeated
		opened, err := tokens.Open(presented, sealed)
		if err != nil || opened.Secret.Reveal() != next.Secret.Reveal() || !opened.Hash.Equal(next.Hash) ||
			!opened.FamilyHash.Equal(next.FamilyHash) {
			t.Errorf("got %+v, %v; want %+v", opened, err, next)
		}
	}
	if strings.Contains(string(sealed), next.Secret.Reveal()[8:]) {
		t.Error("the successor stands in clear")
	}
}

func refreshSealedElsewhere(t *testing.T, tokens port.RefreshTokens) {
	old, next, sealed := mustSealSuccessor(t, tokens)
	for what, token := range map[string]domain.RefreshToken{
		"the successor itself":      next,
		"a sibling of the old one":  tokens.Next(old),
		"a token of another family": tokens.New(tokenOrg, tokenSession),
	} {
		mustNotOpenSuccessor(t, tokens, token, sealed, what)
	}
}

// refreshSealedFromDatabase opens with everything a stolen database holds.
func refreshSealedFromDatabase(t *testing.T, tokens port.RefreshTokens) {
	old, _, sealed := mustSealSuccessor(t, tokens)
	for what, secret := range map[string]string{
		"no secret": "", "the hash": string(old.Hash), "the family's hash": string(old.FamilyHash), "the session": string(old.Session),
	} {
		known := old
		known.Secret = domain.NewSecret(secret)
		mustNotOpenSuccessor(t, tokens, known, sealed, what)
	}
}

func refreshSealedChanged(t *testing.T, tokens port.RefreshTokens) {
	old, _, sealed := mustSealSuccessor(t, tokens)
	for i := range sealed {
		changed := slices.Clone(sealed)
		changed[i] ^= 1
		mustNotOpenSuccessor(t, tokens, old, changed, fmt.Sprintf("byte %d changed", i))
		mustNotOpenSuccessor(t, tokens, old, sealed[:i], fmt.Sprintf("only %d bytes", i))
	}
	mustNotOpenSuccessor(t, tokens, old, append(slices.Clone(sealed), 0), "one byte more")
	mustNotOpenSuccessor(t, tokens, old, nil, "nothing")
}
