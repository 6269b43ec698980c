// A service that accepts access tokens, of people and of service accounts, and knows only the URL of their issuer:
//
//	ISSUER=http://localhost:8000 AUDIENCE=sole PORT=3000 go run ./jwx
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/lestrrat-go/httprc/v3"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// claims are what the service reads of a token.
type claims struct {
	Subject string
	Org     string
	Client  string // of a service account only, equal to Subject
}

func main() {
	issuer, audience := os.Getenv("ISSUER"), os.Getenv("AUDIENCE")
	keys, err := keySet(context.Background(), issuer)
	if err != nil {
		log.Fatal(err)
	}
	server := http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), ReadHeaderTimeout: 5 * time.Second}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		caller, err := verify(keys, issuer, audience, bearer(request))
		if err != nil {
			log.Println("refused:", err)
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answer(w, caller)
	})
	log.Fatal(server.ListenAndServe())
}

// keySet discovers the keys of an issuer and reads them again every 15 seconds: a new key is published a minute before it signs.
func keySet(ctx context.Context, issuer string) (jwk.Set, error) {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(issuer + "/.well-known/oauth-authorization-server")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var discovered struct {
		Issuer string `json:"issuer"`
		KeySet string `json:"jwks_uri"`
	}
	if err := json.NewDecoder(response.Body).Decode(&discovered); err != nil {
		return nil, err
	}
	if discovered.Issuer != issuer {
		return nil, fmt.Errorf("the issuer calls itself %q", discovered.Issuer)
	}
	cache, err := jwk.NewCache(ctx, httprc.NewClient())
	if err != nil {
		return nil, err
	}
	every := jwk.WithHttprcResourceOption(httprc.WithMinInterval(15 * time.Second))
	if err := cache.Register(ctx, discovered.KeySet, every); err != nil {
		return nil, err
	}
	return cache.CachedSet(discovered.KeySet)
}

// verify verifies an access token and returns its claims.
func verify(keys jwk.Set, issuer, audience, token string) (claims, error) {
	verified, err := jwt.ParseString(token, jwt.WithKeySet(keys), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithRequiredClaim("sub"), jwt.WithRequiredClaim("exp"), jwt.WithRequiredClaim("org"))
	if err != nil {
		return claims{}, err
	}
	signed, err := jws.Parse([]byte(token), jws.WithCompact())
	if err != nil {
		return claims{}, err
	}
	if kind, _ := signed.Signatures()[0].ProtectedHeaders().Type(); kind != "at+jwt" { // jwt.Parse does not look at it
		return claims{}, errors.New("not an access token")
	}
	var found claims
	found.Subject, _ = verified.Subject()
	_ = verified.Get("client_id", &found.Client) // the token of a person has none
	err = verified.Get("org", &found.Org)
	return found, err
}

// bearer returns the token of a request, or "".
func bearer(request *http.Request) string {
	scheme, token, _ := strings.Cut(request.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

func answer(w http.ResponseWriter, caller claims) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"sub": caller.Subject, "org": caller.Org, "machine": caller.Client == caller.Subject,
	})
}
