package e2e

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// onEachMulti runs a test on a new multi-tenant service of each deployment, with an operator.
func onEachMulti(t *testing.T, journey func(t *testing.T, s *service, operator account)) {
	t.Helper()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			s := start(t, d, multi)
			operator := s.enroll(t, "X-Org-Id", s.app.Config.DefaultOrgSlug)
			s.advance()
			journey(t, s, operator)
		})
	}
}

// advance moves the clock to the next time step, which has a new code.
func (s *service) advance() { s.clock.Advance(30e9) }

// tenantOwner creates an org and signs its owner in.
func (s *service) tenantOwner(t *testing.T, slug string) (domain.OrgID, account) {
	t.Helper()
	id := s.newOrg(t, slug)
	owner := s.enroll(t, "X-Org-Id", slug)
	s.advance()
	return id, owner
}

const nobody = "00000000-0000-4000-8000-00000000dead"

// wording returns the answer without the fields that differ in each response.
func (a answer) wording() map[string]any {
	said := map[string]any{"status": a.status}
	for name, value := range a.body {
		if name != "instance" && name != "request_id" && name != "decision_id" {
			said[name] = value
		}
	}
	return said
}

func TestMembersReadTheOrgAndAdministratorsRenameIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		shown := s.as(t, member, "GET", "/org", nil).is(200, "")
		require.Equal(t, []any{string(s.app.Config.DefaultOrgID), "Default", "default", "active"},
			[]any{shown.at("id"), shown.at("name"), shown.at("slug"), shown.at("status")})
		before := shown.header.Get("ETag")
		require.NotEmpty(t, before)

		s.as(t, member, "PATCH", "/org", map[string]any{"name": "Mine"}).is(403, "permission_denied")
		renamed := s.as(t, owner.with("If-Match", before), "PATCH", "/org", map[string]any{"name": " Acme Inc. "}).is(200, "")
		require.Equal(t, "Acme Inc.", renamed.text("name"))
		require.NotEqual(t, before, renamed.header.Get("ETag"))
		s.as(t, owner.with("If-Match", before), "PATCH", "/org", map[string]any{"name": "Late"}).is(412, "precondition_failed")
		s.as(t, owner.with("If-Match", "W/x"), "PATCH", "/org", map[string]any{"name": "Late"}).is(412, "precondition_failed")
		same := s.as(t, owner.with("If-Match", renamed.header.Get("ETag")), "PATCH", "/org", map[string]any{"name": "Acme Inc."}).is(200, "")
		require.Equal(t, renamed.header.Get("ETag"), same.header.Get("ETag"), "nothing changed")
		again := s.as(t, owner, "PATCH", "/org", map[string]any{"slug": "acme-inc"}).is(200, "")
		require.Equal(t, []any{"Acme Inc.", "acme-inc"}, []any{again.at("name"), again.at("slug")})
		require.Equal(t, again.raw, s.as(t, member, "GET", "/org", nil).is(200, "").raw)
		require.Equal(t, "acme-inc", s.get(t, "/me", member.access).text("org.slug"))

		for _, wrong := range []map[string]any{
			{"slug": "Acme"}, {"slug": "a"}, {"slug": nobody}, {"name": " "}, {"name": strings.Repeat("x", 201)},
			{"status": "suspended"}, {"platform": true}, {"id": nobody},
		} {
			s.as(t, owner, "PATCH", "/org", wrong).is(422, "invalid")
		}
		require.Equal(t, again.raw, s.as(t, member, "GET", "/org", nil).is(200, "").raw)

		events := s.as(t, owner, "GET", "/audit-events?action=org.updated", nil).is(200, "").at("items").([]any)
		require.Len(t, events, 2, "one for each request that changed something")
		require.Equal(t, map[string]any{"slug": "default -> acme-inc"}, events[0].(map[string]any)["details"])
		require.Equal(t, map[string]any{"name": "Default -> Acme Inc."}, events[1].(map[string]any)["details"])
	})
}

func TestOneOfManyRenamesOfTheSameVersionSucceeds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		tag := s.as(t, owner, "GET", "/org", nil).is(200, "").header.Get("ETag")
		answers := parallel(10, func(i int) answer {
			return s.as(t, owner.with("If-Match", tag), "PATCH", "/org", map[string]any{"name": strings.Repeat("x", i+1)})
		})
		require.Equal(t, 1, count(answers, 200), "%v", answers)
		require.Equal(t, 9, count(answers, 412), "%v", answers)
	})
}

var platformRoutes = []struct{ method, path string }{
	{"GET", "/orgs"}, {"POST", "/orgs"}, {"GET", "/orgs/" + nobody}, {"PATCH", "/orgs/" + nobody},
	{"POST", "/orgs/" + nobody + "/suspend"}, {"POST", "/orgs/" + nobody + "/activate"},
}

func platformBody(method, path string) any {
	switch {
	case path == "/orgs" && method == "POST":
		return newOrgBody("Planted", "planted")
	case method == "PATCH":
		return map[string]any{"name": "Planted"}
	}
	return nil
}

func newOrgBody(name, slug string) map[string]any {
	return map[string]any{"name": name, "slug": slug, "owner": map[string]any{"email": "first@example.org", "full_name": "First Owner"}}
}

func TestInSingleModePlatformRoutesDoNotExist(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	owner := s.enroll(t)
	for _, r := range platformRoutes {
		s.as(t, owner, r.method, r.path, platformBody(r.method, r.path)).is(404, "not_found")
		s.call(t, r.method, "/api/v1"+r.path, platformBody(r.method, r.path)).is(404, "not_found")
	}
}

func TestOnlyOperatorsManageOrgs(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		id, owner := s.tenantOwner(t, "acme-inc")
		s.addMember(t, memberEmail, memberPassword, false)
		colleague := account{email: memberEmail, password: memberPassword}
		signedIn := s.post(t, "/auth/login", credentials(memberEmail, memberPassword), "X-Org-Id", "default").is(200, "")
		colleague.access = signedIn.text("tokens.access_token")
		for _, r := range platformRoutes {
			body := platformBody(r.method, r.path)
			for _, own := range []string{r.path, strings.Replace(r.path, nobody, string(id), 1)} {
				s.as(t, owner, r.method, own, body).is(403, "permission_denied")
				s.as(t, colleague, r.method, own, body).is(403, "permission_denied")
				s.as(t, operator.with("X-Org-Id", "acme-inc"), r.method, own, body).is(403, "permission_denied")
				s.call(t, r.method, "/api/v1"+own, body).is(401, "unauthenticated")
			}
		}
		s.give(t, memberEmail, domain.RoleAdmin)
		s.as(t, colleague, "GET", "/orgs", nil).is(401, "session_expired")
		listed := s.as(t, operator, "GET", "/orgs", nil).is(200, "").at("items").([]any)
		require.Len(t, listed, 2, "no org was created")
		require.NotContains(t, listed[1], "Planted")
	})
}

func TestAnOrgIsCreatedWithItsFirstOwner(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		made := s.as(t, operator, "POST", "/orgs", newOrgBody("Acme Inc.", "acme-inc")).is(201, "")
		require.Equal(t, []any{"Acme Inc.", "acme-inc", "active", "first@example.org"},
			[]any{made.at("name"), made.at("slug"), made.at("status"), made.at("owner.email")})
		require.Equal(t, "no-store", made.header.Get("Cache-Control"))
		temporary := made.text("owner.temporary_password")
		require.GreaterOrEqual(t, len(temporary), 20)
		require.NotContains(t, s.log.String(), temporary)
		shown := s.as(t, operator, "GET", "/orgs/"+made.text("id"), nil).is(200, "")
		require.Equal(t, made.header.Get("ETag"), shown.header.Get("ETag"))
		require.NotContains(t, shown.raw, "owner", "the temporary password is shown once")

		// The owner signs in with the temporary password, changes it and enrols.
		first := credentials("first@example.org", temporary)
		a := s.post(t, "/auth/login", first, "X-Org-Id", "acme-inc").is(200, "")
		require.Equal(t, "password_change_required", a.text("status"))
		change := map[string]any{"challenge_token": a.text("challenge.token"), "new_password": "a fine long phrase of mine"}
		a = s.post(t, "/auth/login/password", change).is(200, "")
		require.Equal(t, "mfa_enrollment_required", a.text("status"))
		token := map[string]any{"challenge_token": a.text("challenge.token")}
		token["code"] = s.code(t, s.post(t, "/auth/login/mfa/enroll", token).is(200, "").text("secret"), 0)
		owner := account{access: s.post(t, "/auth/login/mfa/enroll/confirm", token).is(200, "").text("tokens.access_token")}
		me := s.as(t, owner, "GET", "/me", nil).is(200, "")
		require.Equal(t, []any{made.text("id"), made.text("owner.id")}, []any{me.at("org.id"), me.at("id")})
		require.Equal(t, "owner", me.at("roles").([]any)[0].(map[string]any)["name"])
		require.NotContains(t, texts(me.at("permissions")), "platform.manage")
		s.post(t, "/auth/login", first, "X-Org-Id", "acme-inc").is(401, "invalid_credentials")

		// The events of both orgs name the operator.
		operatorID := s.get(t, "/me", operator.access).text("id")
		home := s.as(t, operator, "GET", "/audit-events?action=platform.crossed", nil).is(200, "").at("items").([]any)
		require.Len(t, home, 1)
		crossed := home[0].(map[string]any)
		require.Equal(t, []any{operatorID, made.text("id"), nil}, []any{crossed["actor_id"], crossed["resource_id"], crossed["actor_org_id"]})
		for _, action := range []string{"org.created", "account.created"} {
			events := s.as(t, owner, "GET", "/audit-events?action="+action, nil).is(200, "").at("items").([]any)
			require.Len(t, events, 1, action)
			event := events[0].(map[string]any)
			require.Equal(t, []any{operatorID, string(s.app.Config.DefaultOrgID)}, []any{event["actor_id"], event["actor_org_id"]})
		}
	})
}

func TestSlugsAreUniqueAndValidated(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		create := func(slug string) answer { return s.as(t, operator, "POST", "/orgs", newOrgBody("Acme", slug)) }
		ids := map[string]bool{}
		for _, slug := range []string{"acme-inc", "acme-inc-2", "acmeinc", "acme--inc"} {
			ids[create(slug).is(201, "").text("id")] = true
			create(slug).is(409, "conflict")
		}
		require.Len(t, ids, 4)
		create("default").is(409, "conflict")
		for _, slug := range []string{
			"Acme-Inc", "acme_inc", "acme inc", "-acme", "acme-", "a", nobody, strings.Repeat("a", 64), "acme.inc", "äcme",
		} {
			create(slug).is(422, "invalid")
		}
		answers := parallel(5, func(int) answer { return create("globex") })
		require.Equal(t, 1, count(answers, 201), "%v", answers)
		require.Equal(t, 4, count(answers, 409), "%v", answers)

		globex := answers[0]
		for _, a := range answers {
			if a.status == 201 {
				globex = a
			}
		}
		path := "/orgs/" + globex.text("id")
		s.as(t, operator, "PATCH", path, map[string]any{"slug": "acme-inc"}).is(409, "conflict")
		conditional := operator.with("If-Match", globex.header.Get("ETag"))
		moved := s.as(t, conditional, "PATCH", path, map[string]any{"slug": "globex-2", "name": "Globex"}).is(200, "")
		require.Equal(t, []any{"Globex", "globex-2"}, []any{moved.at("name"), moved.at("slug")})
		s.as(t, conditional, "PATCH", path, map[string]any{"name": "Late"}).is(412, "precondition_failed")
		create("globex").is(201, "")
		s.call(t, "GET", "/api/v1/auth/orgs/resolve?org=globex-2", nil).is(200, "")
	})
}

func TestAnInvalidOrgIsNotCreated(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], multi)
	operator := s.enroll(t, "X-Org-Id", "default")
	for location, change := range map[string]func(body, owner map[string]any){
		"body.owner.email":     func(_, owner map[string]any) { owner["email"] = "nobody" },
		"body.owner.full_name": func(_, owner map[string]any) { owner["full_name"] = " " },
		"body.name":            func(body, _ map[string]any) { body["name"] = "a\u0001b" },
		"body.slug":            func(body, _ map[string]any) { body["slug"] = "A-B" },
		"body.owner.roles":     func(_, owner map[string]any) { owner["roles"] = []string{"owner"} },
		"body.platform":        func(body, _ map[string]any) { body["platform"] = true },
		"body.id":              func(body, _ map[string]any) { body["id"] = nobody },
		"body":                 func(body, _ map[string]any) { delete(body, "owner") },
	} {
		body := newOrgBody("Acme", "acme-inc")
		change(body, body["owner"].(map[string]any))
		a := s.as(t, operator, "POST", "/orgs", body).is(422, "invalid")
		require.Equal(t, location, a.at("errors").([]any)[0].(map[string]any)["location"], a.raw)
	}
	require.Len(t, s.as(t, operator, "GET", "/orgs", nil).is(200, "").at("items"), 1)
	require.Empty(t, s.as(t, operator, "GET", "/audit-events?action=platform.crossed", nil).is(200, "").at("items"))
}

func TestOrgsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		for _, slug := range []string{"acme", "acme-inc", "globex", "initech", "umbrella"} {
			s.newOrg(t, slug)
		}
		list := func(query string) answer { return s.as(t, operator, "GET", "/orgs"+query, nil) }
		all := list("").is(200, "")
		require.Len(t, all.at("items"), 6)
		require.Nil(t, all.at("next_cursor"))
		var paged []any
		for query := "?limit=2"; ; {
			page := list(query).is(200, "")
			paged = append(paged, page.at("items").([]any)...)
			if page.at("next_cursor") == nil {
				break
			}
			query = "?limit=2&cursor=" + page.text("next_cursor")
		}
		require.Equal(t, all.at("items"), paged)

		slugs := func(query string) (found []string) {
			for _, item := range list(query).is(200, "").at("items").([]any) {
				found = append(found, item.(map[string]any)["slug"].(string))
			}
			return found
		}
		require.ElementsMatch(t, []string{"acme", "acme-inc"}, slugs("?q=ACME"))
		require.Empty(t, slugs("?q=%25"))
		require.Empty(t, slugs("?status=suspended"))
		s.suspend(t, domain.OrgID(list("?q=globex").at("items").([]any)[0].(map[string]any)["id"].(string)))
		require.Equal(t, []string{"globex"}, slugs("?status=suspended"))
		require.Len(t, slugs("?status=active"), 5)

		cursor := list("?limit=2").text("next_cursor")
		for _, query := range []string{"?q=a&cursor=" + cursor, "?status=active&cursor=" + cursor, "?cursor=x", "?cursor=" + cursor + "A"} {
			a := list(query).is(422, "invalid")
			require.Equal(t, "query.cursor", a.at("errors").([]any)[0].(map[string]any)["location"])
		}
		for _, query := range []string{
			"?limit=0", "?limit=201", "?limit=x", "?limit=-1", "?status=gone", "?q=%00", "?q=%ff", "?q=" + strings.Repeat("x", 201),
		} {
			list(query).is(422, "invalid")
		}
	})
}

func TestAnOrgIsSuspendedAndActivatedAtOnce(t *testing.T) {
	t.Parallel()
	onEachMulti(t, func(t *testing.T, s *service, operator account) {
		id, owner := s.tenantOwner(t, "acme-inc")
		owed := map[string]any{"challenge_token": s.challenge(t, "mfa_required", "X-Org-Id", "acme-inc"), "code": s.code(t, owner.secret, 0)}
		suspend := func(id string) answer { return s.as(t, operator, "POST", "/orgs/"+id+"/suspend", nil) }
		expect := func(status int, code string) {
			t.Helper()
			s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword), "X-Org-Id", "acme-inc").is(status, code)
			s.get(t, "/me", owner.access).is(status, code)
			s.call(t, "GET", "/api/v1/auth/orgs/resolve?org=acme-inc", nil).is(status, code)
		}
		expect(200, "")
		require.Equal(t, "suspended", suspend(string(id)).is(200, "").text("status"))
		expect(403, "org_suspended")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}).is(403, "org_suspended")
		s.post(t, "/auth/login/mfa", owed).is(403, "org_suspended")
		s.as(t, operator.with("X-Org-Id", "acme-inc"), "GET", "/org", nil).is(403, "org_suspended")
		require.Equal(t, "suspended", s.as(t, operator, "GET", "/orgs/"+string(id), nil).is(200, "").text("status"))
		again := suspend(string(id)).is(200, "")
		s.as(t, operator.with("If-Match", again.header.Get("ETag")), "PATCH", "/orgs/"+string(id), map[string]any{"name": "Renamed"}).is(200, "")

		require.Equal(t, "active", s.as(t, operator, "POST", "/orgs/"+string(id)+"/activate", nil).is(200, "").text("status"))
		expect(200, "")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}).is(200, "")
		for action, times := range map[string]int{"org.suspended": 1, "org.activated": 1, "org.updated": 1} {
			events := s.as(t, owner, "GET", "/audit-events?action="+action, nil).is(200, "").at("items").([]any)
			require.Len(t, events, times, action)
			require.Equal(t, string(s.app.Config.DefaultOrgID), events[0].(map[string]any)["actor_org_id"])
		}

		home := string(s.app.Config.DefaultOrgID)
		suspend(home).is(409, "conflict")
		require.Equal(t, "active", s.as(t, operator, "GET", "/orgs/"+home, nil).is(200, "").text("status"))
		require.Equal(t, "Operators", s.as(t, operator, "PATCH", "/orgs/"+home, map[string]any{"name": "Operators"}).is(200, "").text("name"))
	})
}

func TestUnknownOrgsAllGetTheSameAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], multi)
	operator := s.enroll(t, "X-Org-Id", "default")
	for _, r := range platformRoutes[2:] {
		unknown := s.as(t, operator, r.method, r.path, platformBody(r.method, r.path)).is(404, "not_found")
		for _, odd := range []string{uuid.NewString(), "default", "x", strings.ToUpper(uuid.NewString()), "%00", "..%2fme"} {
			a := s.as(t, operator, r.method, strings.Replace(r.path, nobody, odd, 1), platformBody(r.method, r.path))
			require.Equal(t, unknown.wording(), a.wording(), "%s %s", r.method, odd)
		}
	}
	require.Empty(t, s.as(t, operator, "GET", "/audit-events?action=platform.crossed", nil).is(200, "").at("items"),
		"an unknown org is not entered")
}

func TestManagingOrgsCanRequireAStepUp(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], multi)
	operator := s.enroll(t, "X-Org-Id", "default")
	s.advance()
	s.as(t, operator, "PATCH", "/org/settings", map[string]any{"mfa_required_actions": []string{"org.manage"}}).is(200, "")
	id := string(s.newOrg(t, "acme-inc"))
	for _, r := range platformRoutes {
		path := strings.Replace(r.path, nobody, id, 1)
		if r.method == "GET" {
			s.as(t, operator, r.method, path, nil).is(200, "")
			continue
		}
		body := platformBody(r.method, r.path)
		require.Equal(t, "org.manage", s.as(t, operator, r.method, path, body).is(401, "step_up_required").text("action"))
		steppedUp := operator.with("X-Step-Up-Token", s.stepUp(t, operator, "org.manage"))
		a := s.as(t, steppedUp, r.method, path, body)
		require.Contains(t, []int{200, 201}, a.status, a.raw)
	}
}
