package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// idOf returns the id of the account with an address.
func (s *service) idOf(t *testing.T, email string) (id string) {
	t.Helper()
	s.inOrg(t, func(tx port.OrgTx) {
		user, err := tx.Users().ByEmail(t.Context(), domain.Email(email))
		require.NoError(t, err)
		id = string(user.ID)
	})
	return id
}

func TestSuspensionEndsSessionsAndDevicesAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.clock.Advance(30 * time.Second)
		who, device := s.remembered(t, s.enrolOwn(t, s.member(t)))
		path := "/members/" + s.idOf(t, who.email)
		for _, verb := range []string{"/suspend", "/activate", "/sign-out", "/password/reset"} {
			s.as(t, who, "POST", path+verb, nil).is(403, "permission_denied")
			s.as(t, owner, "POST", "/members/00000000-0000-4000-8000-00000000dead"+verb, nil).is(404, "not_found")
			s.as(t, owner, "POST", "/members/nobody"+verb, nil).is(404, "not_found")
		}
		s.as(t, owner, "POST", path+"/sign-out", nil).is(204, "")
		s.get(t, "/me", who.access).is(401, "token_revoked")
		require.Equal(t, "authenticated", s.withDevice(t, who, device).is(200, "").text("status"), "signing out does not forget the device")

		s.as(t, owner, "POST", path+"/suspend", nil).is(204, "")
		s.as(t, owner, "POST", path+"/suspend", nil).is(204, "")
		s.post(t, "/auth/login", credentials(who.email, who.password)).is(401, "invalid_credentials")
		s.as(t, owner, "POST", path+"/activate", nil).is(204, "")
		require.Equal(t, "mfa_required", s.withDevice(t, who, device).is(200, "").text("status"))
		who.access = s.secondStep(t, who, map[string]any{"code": s.code(t, who.secret, 0)}, "").is(200, "").text("tokens.access_token")
		require.Equal(t, "account_suspended", s.devices(t, who, "?ended=true")[0].(map[string]any)["end_reason"])
	})
}

func TestAnAdministratorResetsAPassword(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, who := s.enroll(t), s.member(t)
		temporary := s.as(t, owner, "POST", "/members/"+s.idOf(t, who.email)+"/password/reset", nil).is(200, "").text("temporary_password")
		s.get(t, "/me", who.access).is(401, "token_revoked")
		s.post(t, "/auth/login", credentials(who.email, who.password)).is(401, "invalid_credentials")
		require.Equal(t, "password_change_required", s.post(t, "/auth/login", credentials(who.email, temporary)).is(200, "").text("status"))
		require.NotContains(t, s.log.String(), temporary)
		require.Len(t, s.emails(t, domain.EmailPasswordChanged, 1), 1)
		s.as(t, owner, "POST", "/members/"+s.idOf(t, owner.email)+"/password/reset", nil).is(403, "forbidden")
	})
}

// TestOwnersWhoSuspendEachOtherLeaveOneOwner: two owners suspend each other in parallel.
func TestOwnersWhoSuspendEachOtherLeaveOneOwner(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.clock.Advance(30 * time.Second)
		second := s.enrolOwn(t, s.member(t))
		s.give(t, memberEmail, domain.RoleOwner)
		second.access = s.secondStep(t, second, map[string]any{"code": s.code(t, second.secret, 0)}, "").is(200, "").text("tokens.access_token")
		first, other := s.idOf(t, owner.email), s.idOf(t, second.email)
		s.as(t, owner, "POST", "/members/"+first+"/suspend", nil).is(403, "forbidden")
		answers := parallel(2, func(i int) answer {
			if i == 0 {
				return s.as(t, owner, "POST", "/members/"+other+"/suspend", nil)
			}
			return s.as(t, second, "POST", "/members/"+first+"/suspend", nil)
		})
		require.Equal(t, 1, count(answers, 204), "%v", answers)

		s.inOrg(t, func(tx port.OrgTx) {
			owners, err := tx.Roles().Owners(t.Context())
			require.NoError(t, err)
			active := slices.DeleteFunc(owners, func(u domain.User) bool { return !u.CanSignIn(s.clock.Now()) })
			require.Len(t, active, 1)
		})
	})
}

func TestAnAdministratorCannotManageAnOwner(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s.enroll(t)
		s.clock.Advance(30 * time.Second)
		admin := s.enrolOwn(t, s.member(t))
		s.give(t, memberEmail, domain.RoleAdmin)
		admin.access = s.secondStep(t, admin, map[string]any{"code": s.code(t, admin.secret, 0)}, "").is(200, "").text("tokens.access_token")
		for _, verb := range []string{"/suspend", "/activate", "/sign-out", "/password/reset"} {
			s.as(t, admin, "POST", "/members/"+s.idOf(t, ownerEmail)+verb, nil).is(403, "permission_denied")
		}
	})
}
