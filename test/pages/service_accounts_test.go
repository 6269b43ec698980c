package pages

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// withKey sends a request to the API with an API key, and returns the status and the body.
func (o *org) withKey(t *testing.T, key, path string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.service.origin+"/api/v1"+path, http.NoBody)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(raw)
}

func TestAnOwnerGivesAProgramAKeyAndRevokesIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.founder()
		b := s.tab(t, owner)
		b.Goto("/console/service-accounts")
		require.Contains(t, b.Text(".empty"), "No service accounts yet")
		b.Click("text=New service account")
		b.Type("#name", "Nightly report")
		b.Type("#description", "Counts the members.")
		b.Check("#role-auditor", true)
		require.Equal(t, false, b.Value(`document.getElementById("role-owner") !== null`), "it cannot become an owner")
		b.Click("text=Create the service account")
		b.WaitForText("Give it an API key now.")
		require.Contains(t, b.Text("main"), "Without a key no program can use this service account.")
		require.Contains(t, b.Text("main"), "See members")

		b.Click("text=New API key")
		b.Type("#name", "Server 1")
		b.Type("#days", "20")
		b.Type("#networks", "127.0.0.0/8\n10.0.0.1/8")
		b.Click("text=Create the key")
		require.Contains(t, b.Text("#networks-text"), "10.0.0.1/8: Enter the first address of the network")
		b.Type("#networks", "127.0.0.0/8\n::1")
		b.Click("text=Create the key")
		require.Equal(t, "API key created", b.Text("h1"))
		key := b.Text("#secret")
		require.True(t, strings.HasPrefix(key, "sole_sk_"), key)
		require.Contains(t, b.Text("main"), `curl -H "Authorization: Bearer $SOLE_API_KEY" `+s.origin+"/api/v1/me")
		b.Accessible()

		status, body := s.withKey(t, key, "/members")
		require.Equal(t, http.StatusOK, status, body)
		require.Contains(t, body, founderEmail)
		b.Click("text=I have stored it")
		require.NotContains(t, b.Text("main"), key, "it is shown once")
		require.Contains(t, b.Text("table"), "127.0.0.0/8, ::1")
		account := b.Path()

		s.clock.Advance(7 * 24 * time.Hour)
		s.signIn(t, owner)
		b.SetCookie(owner.cookie())
		b.Goto(account)
		require.Contains(t, b.Text("main"), "One API key expires soon")
		b.Click("text=Revoke")
		b.Click("text=Revoke now")
		b.WaitForText("The API key was revoked.")
		status, body = s.withKey(t, key, "/members")
		require.Equal(t, http.StatusUnauthorized, status, body)
	})
}
