package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// create invites an account; members adds fields to the request body.
func (s *service) create(t *testing.T, who account, email string, members map[string]any) answer {
	t.Helper()
	body := map[string]any{"email": email, "full_name": "Ada Lovelace"}
	for name, value := range members {
		body[name] = value
	}
	return s.as(t, who, "POST", "/members", body)
}

// invitation returns the token of the newest of n invitations.
func (s *service) invitation(t *testing.T, n int) string {
	t.Helper()
	all := s.emails(t, domain.EmailInvitation, n)
	found := resetLink.FindStringSubmatch(all[len(all)-1].text)
	require.NotNil(t, found, all[len(all)-1].text)
	return found[2]
}

func TestTheDefaultLocaleIsTheLanguageOfEmails(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		read := s.as(t, owner, "GET", "/org/settings", nil).is(200, "")
		change := map[string]any{"default_locale": "de-AT"}
		s.as(t, owner.with("If-Match", read.header.Get("ETag")), "PATCH", "/org/settings", change).is(200, "")
		s.create(t, owner, "ada@example.org", nil).is(201, "")
		sent := s.emails(t, domain.EmailInvitation, 1)[0]
		require.Contains(t, sent.subject, "Einladung zu ")
		require.Contains(t, sent.text, "Guten Tag Ada Lovelace,")
		require.Contains(t, sent.text, `<html lang="de">`)
	})
}

func TestAnInvitationSetsTheFirstPassword(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		made := s.create(t, owner, "Ada@Example.org", nil).is(201, "")
		require.Equal(t, []any{"invited", "Ada@Example.org", false}, []any{made.at("status"), made.at("email"), made.at("mfa.enabled")})
		require.NotContains(t, made.raw, "temporary_password")
		require.NotEmpty(t, made.header.Get("ETag"))
		path := "/members/" + made.text("id")
		require.Equal(t, "member", s.as(t, owner, "GET", path, nil).is(200, "").at("roles").([]any)[0].(map[string]any)["name"])

		token := s.invitation(t, 1)
		require.Equal(t, "Ada@Example.org", strings.Trim(s.emails(t, domain.EmailInvitation, 1)[0].to, "<>"))
		for _, password := range []string{"", "whatever it may be"} {
			if refused := s.post(t, "/auth/login", credentials("ada@example.org", password)); password != "" {
				refused.is(401, "invalid_credentials")
			}
		}
		s.post(t, "/auth/password/forgot", map[string]any{"email": "ada@example.org"}).is(202, "")
		s.reset(t, token, "short").is(422, "invalid")
		winners := parallel(8, func(int) answer { return s.reset(t, token, "quite a lovely engine") })
		require.Equal(t, 1, count(winners, 204), "%v", winners)
		s.again(t, account{email: "ada@example.org", password: "quite a lovely engine"})
		require.Equal(t, "active", s.as(t, owner, "GET", path, nil).is(200, "").text("status"))
		s.as(t, owner, "POST", path+"/invitation", nil).is(409, "conflict")
		s.as(t, owner, "DELETE", path+"/invitation", nil).is(409, "conflict")
		require.NotContains(t, s.log.String(), token)
	})
}

func TestAnInvitationIsResentRevokedAndExpires(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		path := "/members/" + s.create(t, owner, "ada@example.org", nil).is(201, "").text("id")
		first := s.invitation(t, 1)
		s.as(t, owner, "POST", path+"/invitation", nil).is(202, "")
		second := s.invitation(t, 2)
		s.reset(t, first, "quite a lovely engine").is(401, "unauthenticated")
		s.as(t, owner, "DELETE", path+"/invitation", nil).is(204, "")
		s.reset(t, second, "quite a lovely engine").is(401, "unauthenticated")
		require.Equal(t, "invited", s.as(t, owner, "GET", path, nil).is(200, "").text("status"))

		s.as(t, owner, "POST", path+"/invitation", nil).is(202, "")
		third := s.invitation(t, 3)
		s.clock.Advance(7*24*time.Hour + time.Minute)
		s.reset(t, third, "quite a lovely engine").is(401, "unauthenticated")
		owner = s.signIn(t, owner)
		s.as(t, owner, "POST", path+"/invitation", nil).is(202, "")
		fourth := s.invitation(t, 4)
		s.as(t, owner, "POST", path+"/suspend", nil).is(204, "")
		s.reset(t, fourth, "quite a lovely engine").is(401, "unauthenticated")
		s.as(t, owner, "POST", path+"/activate", nil).is(204, "")
		s.reset(t, fourth, "quite a lovely engine").is(401, "unauthenticated")
	})
}

func TestAnInvitationIsResentToAChangedAddress(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		path := "/members/" + s.create(t, owner, "ada@example.org", nil).is(201, "").text("id")
		old := s.invitation(t, 1)
		s.as(t, owner, "PATCH", path, map[string]any{"email": "ada@example.com"}).is(200, "")
		next := s.invitation(t, 2)
		s.reset(t, old, "quite a lovely engine").is(401, "unauthenticated")
		s.reset(t, next, "quite a lovely engine").is(204, "")
		s.as(t, owner, "PATCH", path, map[string]any{"email": "ada@example.net"}).is(200, "")
		require.Contains(t, s.emails(t, domain.EmailAddressChanged, 1)[0].to, "ada@example.com")
		s.post(t, "/auth/login", credentials("ada@example.com", "quite a lovely engine")).is(401, "invalid_credentials")
		s.again(t, account{email: "ada@example.net", password: "quite a lovely engine"})
	})
}
