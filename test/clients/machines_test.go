package clients

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// machine is a service account with an API key.
type machine struct{ id, name, keyID, key string }

// machine creates a service account that has permissions, and a key for it.
func (s *service) machine(t *testing.T, permissions ...string) machine {
	t.Helper()
	s.clock.Advance(-time.Minute) // when the token of the owner is new, however short it lives
	defer s.clock.Advance(time.Minute)
	name := "Machine " + uuid.NewString()
	role := s.call(t, s.owner.access, http.MethodPost, "/roles", body{"name": name, "permissions": permissions})
	created := s.call(t, s.owner.access, http.MethodPost, "/service-accounts", body{"name": name, "roles": []any{role["id"]}})
	m := machine{id: created["id"].(string), name: name}
	key := s.call(t, s.owner.access, http.MethodPost, "/service-accounts/"+m.id+"/keys", body{"name": "Test"})
	m.keyID, m.key = key["id"].(string), key["key"].(string)
	return m
}

// token gets an access token for a machine with its key (RFC 6749, section 4.4).
func (s *service) token(t *testing.T, m machine) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/oauth2/token",
		strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(m.id, m.key)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(t, http.StatusOK, response.StatusCode)
	var granted struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(t, json.NewDecoder(response.Body).Decode(&granted))
	return granted.AccessToken
}
