package e2e

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// emails returns the addresses of a page of accounts.
func emails(a answer) []string {
	a.t.Helper()
	found := []string{}
	for _, item := range a.is(200, "").at("items").([]any) {
		found = append(found, item.(map[string]any)["email"].(string))
	}
	return found
}

func TestMembersAreListedSearchedAndFiltered(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		for i := range 5 {
			s.create(t, owner, fmt.Sprintf("ada%d@example.com", i), map[string]any{"roles": []string{"auditor"}}).is(201, "")
		}
		list := func(query string) answer { return s.as(t, owner, "GET", "/members"+query, nil) }
		adas := []string{"ada0@example.com", "ada1@example.com", "ada2@example.com", "ada3@example.com", "ada4@example.com"}
		require.Equal(t, append([]string{ownerEmail, memberEmail}, adas...), emails(list("")))
		require.Len(t, emails(list("?q=lovelace")), 5)
		require.Equal(t, []string{"ada3@example.com"}, emails(list("?q=ADA3+love")))
		require.Equal(t, []string{memberEmail}, emails(list("?role=member")))
		require.Equal(t, []string{ownerEmail, memberEmail}, emails(list("?status=active")))
		require.Len(t, emails(list("?status=invited&role=auditor&q=ada")), 5)
		require.Empty(t, emails(list("?role="+nobody)))
		require.Empty(t, emails(list("?status=suspended")))

		var walked []string
		for query := "?q=ada&limit=2"; ; {
			page := list(query)
			walked = append(walked, emails(page)...)
			next, more := page.at("next_cursor").(string)
			if !more {
				break
			}
			list("?limit=2&cursor="+next).is(422, "invalid")
			query = "?q=ada&limit=2&cursor=" + url.QueryEscape(next)
		}
		require.Equal(t, adas, walked)

		for _, wrong := range []string{"?status=gone", "?limit=0", "?limit=201", "?cursor=x", "?q=%00", "?q=%40%25"} {
			list(wrong).is(422, "invalid")
		}
		s.as(t, member, "GET", "/members", nil).is(403, "permission_denied")
		s.as(t, member, "GET", "/members/"+s.idOf(t, ownerEmail), nil).is(403, "permission_denied")
		s.as(t, owner, "GET", "/members/"+nobody, nil).is(404, "not_found")
	})
}

func TestAMemberIsCreatedWithATemporaryPassword(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		twice := map[string]any{"temporary_password": true, "roles": []string{"member", "member"}}
		made := s.create(t, owner, "ada@example.org", twice).is(201, "")
		require.Equal(t, []any{"active", true}, []any{made.at("status"), made.at("must_change_password")})
		require.Len(t, made.at("roles"), 1)
		temporary := made.text("temporary_password")
		signedIn := s.post(t, "/auth/login", credentials("ada@example.org", temporary)).is(200, "")
		require.Equal(t, "password_change_required", signedIn.text("status"))
		require.NotContains(t, s.as(t, owner, "GET", "/members/"+made.text("id"), nil).raw, temporary)

		s.create(t, owner, "ADA@example.ORG", nil).is(409, "conflict")
		s.create(t, owner, "ada@exämple.org", nil).is(422, "invalid")
		s.create(t, owner, "ben@example.org", map[string]any{"full_name": " "}).is(422, "invalid")
		s.create(t, owner, "ben@example.org", map[string]any{"status": "active"}).is(422, "invalid")
		wrong := s.create(t, owner, "ben@example.org", map[string]any{"roles": []string{"member", "wizard"}}).is(422, "invalid")
		require.Equal(t, "body.roles[1]", wrong.at("errors").([]any)[0].(map[string]any)["location"])
		made = s.create(t, owner, "ben@example.org", map[string]any{"roles": []string{}}).is(201, "")
		require.Len(t, made.at("roles"), 1)
		answers := parallel(6, func(int) answer { return s.create(t, owner, "race@example.org", nil) })
		require.Equal(t, 1, count(answers, 201), "%v", answers)
		require.Equal(t, 5, count(answers, 409), "%v", answers)
	})
}

func TestAMemberIsChangedAndRemoved(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, who := s.enroll(t), s.member(t)
		path := "/members/" + s.idOf(t, who.email)
		before := s.as(t, owner, "GET", path, nil).is(200, "").header.Get("ETag")
		changed := s.as(t, owner.with("If-Match", before), "PATCH", path, map[string]any{"full_name": "Ada King"}).is(200, "")
		require.Equal(t, "Ada King", changed.text("full_name"))
		require.NotEqual(t, before, changed.header.Get("ETag"))
		s.as(t, owner.with("If-Match", before), "PATCH", path, map[string]any{"full_name": "Late"}).is(412, "precondition_failed")
		same := s.as(t, owner, "PATCH", path, map[string]any{"full_name": "Ada King"}).is(200, "")
		require.Equal(t, changed.header.Get("ETag"), same.header.Get("ETag"), "nothing changed")

		auditor, member := map[string]any{"roles": []string{"auditor"}}, map[string]any{"roles": []string{"member"}}
		s.as(t, owner.with("If-Match", before), "PUT", path+"/roles", auditor).is(412, "precondition_failed")
		assigned := s.as(t, owner.with("If-Match", same.header.Get("ETag")), "PUT", path+"/roles", auditor).is(200, "")
		require.NotEqual(t, same.header.Get("ETag"), assigned.header.Get("ETag"))
		s.as(t, owner.with("If-Match", same.header.Get("ETag")), "PUT", path+"/roles", member).is(412, "precondition_failed")
		s.as(t, owner.with("If-Match", same.header.Get("ETag")), "PATCH", path, map[string]any{"full_name": "Late"}).
			is(412, "precondition_failed")
		again := s.as(t, owner, "PUT", path+"/roles", auditor).is(200, "")
		require.Equal(t, assigned.header.Get("ETag"), again.header.Get("ETag"), "nothing changed")
		s.as(t, owner.with("If-Match", again.header.Get("ETag")), "PUT", path+"/roles", member).is(200, "")

		s.as(t, owner, "PATCH", path, map[string]any{"email": ownerEmail}).is(409, "conflict")
		s.as(t, owner, "PATCH", path, map[string]any{"email": "no address"}).is(422, "invalid")
		s.as(t, who, "PATCH", path, map[string]any{"full_name": "Me"}).is(403, "permission_denied")

		s.as(t, owner, "DELETE", "/members/"+s.idOf(t, ownerEmail), nil).is(403, "forbidden")
		s.as(t, who, "DELETE", path, nil).is(403, "permission_denied")
		s.as(t, owner.with("If-Match", before), "DELETE", path, nil).is(412, "precondition_failed")
		s.as(t, owner.with("If-Match", s.as(t, owner, "GET", path, nil).header.Get("ETag")), "DELETE", path, nil).is(204, "")
		s.as(t, owner, "DELETE", path, nil).is(404, "not_found")
		s.get(t, "/me", who.access).is(401, "token_revoked")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": who.refresh}).is(401, "unauthenticated")
		s.post(t, "/auth/login", credentials(who.email, who.password)).is(401, "invalid_credentials")
		require.Len(t, s.auditEvents(t, owner, string(domain.EventAccountRemoved)), 1)
		s.create(t, owner, who.email, nil).is(201, "")
	})
}
