package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

func (s *service) role(t *testing.T, who account, name string, permissions ...string) answer {
	t.Helper()
	return s.as(t, who, "POST", "/roles", map[string]any{"name": name, "permissions": append([]string{}, permissions...)})
}

// clerk creates an account with a custom role of these permissions and signs it in with a second factor.
func (s *service) clerk(t *testing.T, owner account, permissions ...string) account {
	t.Helper()
	who := s.enrolOwn(t, s.member(t))
	role := s.role(t, owner, "Help desk", permissions...).is(201, "").text("id")
	s.as(t, owner, "PUT", "/members/"+s.idOf(t, who.email)+"/roles", map[string]any{"roles": []string{role}}).is(200, "")
	who.access = s.secondStep(t, who, map[string]any{"code": s.code(t, who.secret, 0)}, "").is(200, "").text("tokens.access_token")
	s.advance()
	return who
}

func TestRolesAreCreatedChangedAndRemoved(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		require.Len(t, s.as(t, owner, "GET", "/roles", nil).is(200, "").at("items"), 4)
		made := s.role(t, owner, "Help desk", "member.suspend", "member.read", "member.read").is(201, "")
		require.Equal(t, []string{"member.read", "member.suspend"}, texts(made.at("permissions")))
		require.Equal(t, []any{true, false}, []any{made.at("admin"), made.at("system")})
		path, etag := "/roles/"+made.text("id"), made.header.Get("ETag")
		require.Equal(t, made.raw, s.as(t, owner, "GET", path, nil).is(200, "").raw)

		for _, taken := range []string{"help DESK", "Owner", " admin "} {
			s.role(t, owner, taken).is(409, "conflict")
		}
		s.role(t, owner, "x", "fly").is(422, "invalid")
		s.role(t, owner, nobody).is(422, "invalid")
		s.as(t, owner, "POST", "/roles", map[string]any{"name": "x", "permissions": []string{}, "system": true}).is(422, "invalid")

		changed := s.as(t, owner.with("If-Match", etag), "PATCH", path, map[string]any{"permissions": []string{"file.read"}}).is(200, "")
		require.Equal(t, []any{"Help desk", false}, []any{changed.at("name"), changed.at("admin")})
		s.as(t, owner.with("If-Match", etag), "PATCH", path, map[string]any{"name": "Late"}).is(412, "precondition_failed")
		for _, role := range s.as(t, owner, "GET", "/roles", nil).at("items").([]any) {
			if system := role.(map[string]any); system["system"] == true {
				s.as(t, owner, "PATCH", "/roles/"+system["id"].(string), map[string]any{"name": "Mine"}).is(403, "forbidden")
				s.as(t, owner, "DELETE", "/roles/"+system["id"].(string), nil).is(403, "forbidden")
			}
		}
		assigned := "/members/" + s.idOf(t, member.email) + "/roles"
		s.as(t, owner, "PUT", assigned, map[string]any{"roles": []string{made.text("id"), "member"}}).is(200, "")
		require.Equal(t, []string{"file.read"}, texts(s.get(t, "/me", member.access).is(200, "").at("permissions")), "effective at once")
		s.as(t, owner, "DELETE", path, nil).is(409, "conflict")
		s.as(t, owner, "PUT", assigned, map[string]any{"roles": []string{}}).is(200, "")
		s.as(t, owner.with("If-Match", etag), "DELETE", path, nil).is(412, "precondition_failed")
		s.as(t, owner.with("If-Match", changed.header.Get("ETag")), "DELETE", path, nil).is(204, "")
		s.as(t, owner, "DELETE", path, nil).is(404, "not_found")
		for _, call := range [][2]string{{"GET", "/roles"}, {"GET", path}, {"DELETE", path}, {"GET", "/permissions"}} {
			s.as(t, member, call[0], call[1], nil).is(403, "permission_denied")
		}
		require.Len(t, s.auditEvents(t, owner, string(domain.EventRolesAssigned)), 2)
		details := s.auditEvents(t, owner, string(domain.EventRoleUpdated))[0]["details"].(map[string]any)
		require.Equal(t, "member.read, member.suspend -> file.read", details["permissions"])
	})
}

// TestNobodyCanRaiseTheirOwnPermissions: an account that may assign and manage roles cannot
// assign itself more permissions.
func TestNobodyCanRaiseTheirOwnPermissions(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.advance()
		rich := s.role(t, owner, "Rich", "audit.read").is(201, "").text("id")
		who := s.clerk(t, owner, "role.read", "role.assign", "role.manage", "member.create", "member.update", "member.remove", "member.suspend")
		own, ownRoles := s.idOf(t, who.email), s.as(t, owner, "GET", "/members/"+s.idOf(t, who.email), nil).at("roles")
		mine := ownRoles.([]any)[0].(map[string]any)["id"].(string)

		for _, roles := range [][]string{{"owner"}, {"admin"}, {"auditor"}, {rich}, {mine, rich}} {
			s.as(t, who, "PUT", "/members/"+own+"/roles", map[string]any{"roles": roles}).is(403, "permission_denied")
			s.create(t, who, "rising@example.org", map[string]any{"roles": roles}).is(403, "permission_denied")
		}
		for _, permissions := range [][]string{{"audit.read"}, {"role.read", "member.password_reset"}} {
			s.role(t, who, "Mine", permissions...).is(403, "permission_denied")
			s.as(t, who, "PATCH", "/roles/"+mine, map[string]any{"permissions": permissions}).is(403, "permission_denied")
		}
		s.as(t, who, "PATCH", "/roles/"+rich, map[string]any{"permissions": []string{}}).is(403, "permission_denied")
		s.as(t, who, "DELETE", "/roles/"+rich, nil).is(403, "permission_denied")
		above := "/members/" + s.idOf(t, ownerEmail)
		s.as(t, who, "PUT", above+"/roles", map[string]any{"roles": []string{"member"}}).is(403, "permission_denied")
		s.as(t, who, "PATCH", above, map[string]any{"full_name": "Fallen"}).is(403, "permission_denied")
		s.as(t, who, "DELETE", above, nil).is(403, "permission_denied")
		require.Equal(t, ownRoles, s.as(t, owner, "GET", "/members/"+own, nil).at("roles"))

		peer := s.create(t, who, "peer@example.org", map[string]any{"roles": []string{mine}}).is(201, "").text("id")
		s.as(t, who, "PATCH", "/members/"+peer, map[string]any{"full_name": "Peer"}).is(200, "")
		s.as(t, who, "PATCH", "/members/"+peer, map[string]any{"email": "trap@example.org"}).is(403, "permission_denied")
		s.as(t, who, "PUT", "/members/"+peer+"/roles", map[string]any{"roles": []string{"member"}}).is(200, "")
		s.as(t, who, "DELETE", "/members/"+peer, nil).is(204, "")
	})
}

// TestParallelDemotionsLeaveAnOwner: owners give up ownership and remove it from each other, in
// parallel.
func TestParallelDemotionsLeaveAnOwner(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		own := "/members/" + s.idOf(t, owner.email)
		s.as(t, owner, "PUT", own+"/roles", map[string]any{"roles": []string{"admin"}}).is(409, "conflict")
		var ids []string
		for i := range 3 {
			another := map[string]any{"roles": []string{"owner"}, "temporary_password": true}
			ids = append(ids, s.create(t, owner, fmt.Sprintf("owner%d@example.org", i), another).is(201, "").text("id"))
		}
		ids = append(ids, s.idOf(t, owner.email))
		parallel(8, func(i int) answer {
			return s.as(t, owner, "PUT", "/members/"+ids[i%4]+"/roles", map[string]any{"roles": []string{"member"}})
		})
		s.inOrg(t, func(tx port.OrgTx) {
			owners, err := tx.Roles().Owners(t.Context())
			require.NoError(t, err)
			require.True(t, domain.AnyCanSignIn(owners, "", s.clock.Now()))
		})
	})
}

// TestOneOfTwoAdministratorsWhoDemoteEachOtherSucceeds: the second request is made without
// the permission.
func TestOneOfTwoAdministratorsWhoDemoteEachOtherSucceeds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.advance()
		first := s.enrolOwn(t, s.member(t))
		s.addMember(t, "second@example.org", memberPassword, false)
		second := s.enrolOwn(t, s.again(t, account{email: "second@example.org", password: memberPassword}))
		for _, who := range []*account{&first, &second} {
			s.give(t, who.email, domain.RoleAdmin)
			who.access = s.secondStep(t, *who, map[string]any{"code": s.code(t, who.secret, 0)}, "").is(200, "").text("tokens.access_token")
			s.advance()
		}
		paths := []string{"/members/" + s.idOf(t, second.email) + "/roles", "/members/" + s.idOf(t, first.email) + "/roles"}
		answers := parallel(2, func(i int) answer {
			return s.as(t, []account{first, second}[i], "PUT", paths[i], map[string]any{"roles": []string{"member"}})
		})
		require.Equal(t, 1, count(answers, 200), "%v", answers)
		admins := emails(s.as(t, owner, "GET", "/members?role=admin", nil))
		require.Len(t, admins, 1)
	})
}
