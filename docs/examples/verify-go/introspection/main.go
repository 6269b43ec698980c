// A service that asks the issuer about each token (RFC 7662): it refuses a token as soon as its session, account or key has ended.
// It has a service account of its own, with the permission token.introspect, and an API key of that account:
//
//	ISSUER=http://localhost:8000 CLIENT_ID=... CLIENT_SECRET=sole_sk_... PORT=3000 go run ./introspection
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// introspection is what the issuer says about a token. Only Active is set if the token is not in force.
type introspection struct {
	Active  bool   `json:"active"`
	Subject string `json:"sub"`
	Org     string `json:"org"`
	Client  string `json:"client_id"` // of a service account only, equal to sub
}

// issuer is where tokens are introspected, and who asks.
type issuer struct {
	http                       http.Client
	endpoint, clientID, secret string
}

func main() {
	from := issuer{
		http:     http.Client{Timeout: 5 * time.Second},
		clientID: os.Getenv("CLIENT_ID"), secret: os.Getenv("CLIENT_SECRET"),
	}
	if err := from.discover(os.Getenv("ISSUER")); err != nil {
		log.Fatal(err)
	}
	server := http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: &from, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// discover finds the endpoint of introspection.
func (i *issuer) discover(url string) error {
	response, err := i.http.Get(url + "/.well-known/oauth-authorization-server")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var discovered struct {
		Issuer   string `json:"issuer"`
		Endpoint string `json:"introspection_endpoint"`
	}
	if err := json.NewDecoder(response.Body).Decode(&discovered); err != nil {
		return err
	}
	if discovered.Issuer != url {
		return fmt.Errorf("the issuer calls itself %q", discovered.Issuer)
	}
	i.endpoint = discovered.Endpoint
	return nil
}

// introspect asks what a token is worth now. A service that cannot ask must not accept the token.
func (i *issuer) introspect(ctx context.Context, token string) (found introspection, err error) {
	form := strings.NewReader(url.Values{"token": {token}}.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, i.endpoint, form)
	if err != nil {
		return found, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(i.clientID, i.secret)
	response, err := i.http.Do(request)
	if err != nil {
		return found, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return found, fmt.Errorf("introspection failed with %s", response.Status)
	}
	err = json.NewDecoder(response.Body).Decode(&found)
	return found, err
}

// ServeHTTP answers who calls.
func (i *issuer) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	var caller introspection
	if token := bearer(request); token != "" {
		var err error
		if caller, err = i.introspect(request.Context(), token); err != nil {
			log.Println(err)
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	}
	if !caller.Active {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"sub": caller.Subject, "org": caller.Org, "machine": caller.Client == caller.Subject,
	})
}

// bearer returns the token of a request, or "".
func bearer(request *http.Request) string {
	scheme, token, _ := strings.Cut(request.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}
