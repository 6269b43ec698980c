// A service that accepts access tokens, of people and of service accounts, and knows only the URL of their issuer:
//
//	ISSUER=http://localhost:8000 AUDIENCE=sole PORT=3000 go run ./oidc
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// claims are what the service reads of a token.
type claims struct {
	Subject string `json:"sub"`
	Org     string `json:"org"`
	Client  string `json:"client_id"` // of a service account only, equal to sub
}

func main() {
	ctx := oidc.ClientContext(context.Background(), &http.Client{Timeout: 5 * time.Second})
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	verifier := provider.Verifier(&oidc.Config{
		ClientID:             os.Getenv("AUDIENCE"),
		SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256},
	})
	server := http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), ReadHeaderTimeout: 5 * time.Second}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		caller, err := verify(request.Context(), verifier, bearer(request))
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

// verify verifies an access token and returns its claims.
func verify(ctx context.Context, verifier *oidc.IDTokenVerifier, token string) (claims, error) {
	verified, err := verifier.Verify(ctx, token)
	if err != nil {
		return claims{}, err
	}
	if typeOf(token) != "at+jwt" { // go-oidc does not look at it
		return claims{}, errors.New("not an access token")
	}
	var found claims
	if err := verified.Claims(&found); err != nil {
		return claims{}, err
	}
	if found.Subject == "" || found.Org == "" {
		return claims{}, errors.New("a token without account or org")
	}
	return found, nil
}

// typeOf returns the type in the header of a token (RFC 9068, section 4).
func typeOf(token string) string {
	encoded, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	var header struct {
		Type string `json:"typ"`
	}
	if err != nil || json.Unmarshal(text, &header) != nil {
		return ""
	}
	return header.Type
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
