package conformance

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// serviceClaimNamesAll are the claims without which there is no access token of a service account.
var serviceClaimNamesAll = []string{"iss", "aud", "sub", "exp", "iat", "jti", "client_id", "org", "key_id", "scope"}

// personOnly and serviceOnly are claims of one kind of token only.
var (
	personOnly  = []string{"sid", "amr", "acr", "auth_time"}
	serviceOnly = []string{"key_id", "scope"}
)

func serviceClaims() port.AccessClaims {
	return port.AccessClaims{
		ID:       "01890a5d-ac96-774b-bcce-b302099a8056",
		Subject:  "01890a5d-ac96-774b-bcce-b302099a805a",
		Org:      "01890a5d-ac96-774b-bcce-b302099a8058",
		Key:      "01890a5d-ac96-774b-bcce-b302099a805b",
		Scope:    []domain.Permission{domain.PermMemberRead, domain.PermRoleRead},
		IssuedAt: accessNow, Expires: accessNow.Add(5 * time.Minute),
	}
}

func mustSignService(t *testing.T, tokens port.AccessTokens) string {
	t.Helper()
	token, err := tokens.Sign(serviceClaims())
	if err != nil {
		t.Fatalf("Sign: %v", err)
	}
	return token
}

func accessServiceRoundTrip(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	for _, scope := range [][]domain.Permission{
		nil, {domain.PermMemberRead}, {domain.PermRoleRead, domain.PermMemberRead}, domain.Permissions(),
	} {
		want := serviceClaims()
		want.Scope = scope
		token, err := tokens.Sign(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tokens.Verify(token, accessNow); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
		_, payload := readToken(t, token)
		if len(payload) != len(serviceClaimNamesAll) || payload["client_id"] != payload["sub"] || payload["scope"] != domain.ScopeText(scope) {
			t.Errorf("got payload %v", payload)
		}
	}
}

// accessSignsOneKind signs no token that Verify would refuse because it is of both kinds or of none.
func accessSignsOneKind(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	for what, change := range map[string]func(*port.AccessClaims){
		"a session in the token of a service account":           func(c *port.AccessClaims) { c.Session = accessClaims().Session },
		"methods in the token of a service account":             func(c *port.AccessClaims) { c.AMR = accessClaims().AMR },
		"a level in the token of a service account":             func(c *port.AccessClaims) { c.ACR = domain.AAL1 },
		"a time of sign-in in the token of a service account":   func(c *port.AccessClaims) { c.AuthTime = accessNow },
		"no key in the token of a service account":              func(c *port.AccessClaims) { c.Key = "" },
		"a malformed key in the token of a service account":     func(c *port.AccessClaims) { c.Key = "k" },
		"a space in the scope of a service account":             func(c *port.AccessClaims) { c.Scope = []domain.Permission{"a b", ""} },
		"a quotation mark in the scope of a service account":    func(c *port.AccessClaims) { c.Scope = []domain.Permission{`a"b`} },
		"a person's claims in the token of a service account":   func(c *port.AccessClaims) { *c = both() },
		"neither a session nor a key":                           func(c *port.AccessClaims) { c.Key, c.Scope = "", nil },
		"a key in the token of a person":                        func(c *port.AccessClaims) { *c = personWith(serviceClaims().Key, nil) },
		"a scope in the token of a person":                      func(c *port.AccessClaims) { *c = personWith("", serviceClaims().Scope) },
		"a malformed subject in the token of a service account": func(c *port.AccessClaims) { c.Subject = "deploy" },
	} {
		claims := serviceClaims()
		change(&claims)
		if token, err := tokens.Sign(claims); err == nil {
			t.Errorf("%s: signed %s", what, token)
		}
	}
}

func personWith(key domain.APIKeyID, scope []domain.Permission) port.AccessClaims {
	claims := accessClaims()
	claims.Key, claims.Scope = key, scope
	return claims
}

func both() port.AccessClaims {
	claims, person := serviceClaims(), accessClaims()
	claims.Session, claims.AMR, claims.ACR, claims.AuthTime = person.Session, person.AMR, person.ACR, person.AuthTime
	return claims
}

// accessMixedKinds adds to a genuine token of each kind the claims of the other, with genuine, empty and odd values.
func accessMixedKinds(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	person, service := newForger(t, mustSign(t, tokens)), newForger(t, mustSignService(t, tokens))
	mustAccept(t, tokens, service.token(nil, nil), accessNow, "the genuine token of a service account, signed by hand")
	for _, kind := range []struct {
		of      forger
		foreign []string
		from    forger
	}{{of: person, foreign: serviceOnly, from: service}, {of: service, foreign: personOnly, from: person}} {
		whole := edits{}
		for _, name := range kind.foreign {
			whole[name] = kind.from.payload[name]
			for _, value := range []any{kind.from.payload[name], nil, "", 0, []string{}, map[string]string{}, false} {
				mustBeForged(t, tokens, kind.of.token(nil, edits{name: value}), fmt.Sprintf("with %s %v of the other kind", name, value))
			}
		}
		mustBeForged(t, tokens, kind.of.token(nil, whole), "with every claim of the other kind")
		whole["client_id"] = kind.from.payload["client_id"]
		mustBeForged(t, tokens, kind.of.token(nil, whole), "with every claim and the client of the other kind")
		mustBeForged(t, tokens, kind.of.token(nil, edits{"client_id": kind.from.payload["client_id"]}), "with the client of the other kind")
	}
	mustBeForged(t, tokens, person.token(nil, edits{"client_id": person.payload["sub"]}), "a person's token of which the person is the client")
	mustBeForged(t, tokens, service.token(nil, edits{"sub": person.payload["sub"]}), "a service account's token for a person")
	neither := edits{"key_id": gone, "scope": gone}
	mustBeForged(t, tokens, service.token(nil, neither), "neither of a session nor of a key")
	neither["client_id"] = accessAudience
	mustBeForged(t, tokens, service.token(nil, neither), "neither of a session nor of a key, with the client of a person's token")
}

func accessServiceClaims(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	forge := newForger(t, mustSignService(t, tokens))
	payload := forge.edited(forge.payload, nil)
	for _, name := range serviceClaimNamesAll {
		for _, value := range []any{gone, nil, 0, []string{}, map[string]string{}, false} {
			mustBeForged(t, tokens, forge.token(nil, edits{name: value}), fmt.Sprintf("%s %v", name, value))
		}
		if name != "scope" {
			mustBeForged(t, tokens, forge.token(nil, edits{name: ""}), name+" empty")
		}
		value := forge.payload[name]
		mustBeForged(t, tokens, forge.token(nil, edits{name: gone, strings.ToUpper(name): value}), strings.ToUpper(name)+" for "+name)
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		twice := fmt.Sprintf("%s,%q:%s}", payload[:len(payload)-1], name, text)
		mustBeForged(t, tokens, forge.raw(forge.edited(forge.header, nil), twice), name+" twice")
	}
	for name, values := range map[string][]any{
		"key_id": {"k", "01890A5D-AC96-774B-BCCE-B302099A805B", 7, []string{"01890a5d-ac96-774b-bcce-b302099a805b"}},
		"scope": {
			" ", "member.read ", " member.read", "member.read  role.read", "member.read\trole.read", "member.read\nrole.read",
			`member."read`, `member.\read`, "member.réad", "\x00", 7, []string{"member.read"},
		},
	} {
		for _, value := range values {
			mustBeForged(t, tokens, forge.token(nil, edits{name: value}), fmt.Sprintf("%s %v", name, value))
		}
	}
	unknown, err := tokens.Verify(forge.token(nil, edits{"scope": "member.read later.permission"}), accessNow)
	if err != nil || len(unknown.Scope) != 2 {
		t.Errorf("a permission that is not known yet: got %v, %v", unknown.Scope, err)
	}
}
