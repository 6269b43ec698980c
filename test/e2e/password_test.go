package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/argon2"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/inprocess"
)

// choosePassword creates an account with a temporary password, signs it in and tries to replace the password.
func (s *service) choosePassword(t *testing.T, email, password string) answer {
	t.Helper()
	s.addMember(t, email, "temporary "+email, true)
	token := s.post(t, "/auth/login", credentials(email, "temporary "+email)).is(200, "").text("challenge.token")
	return s.post(t, "/auth/login/password", map[string]any{"challenge_token": token, "new_password": password})
}

func TestPasswordsCanBeLongAndUseAnyCharacters(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		const ascii, emoji = "qzv8jw3m", "🔑李🗝é🌍ñ🚲ß"
		long := strings.Repeat(ascii, 7)
		for email, c := range map[string]struct{ chosen, typed, other string }{
			"64@example.org":     {long + ascii, long + ascii, long + "qzv8jw3x"},
			"128@example.org":    {strings.Repeat(emoji, 16), strings.Repeat(emoji, 16), strings.Repeat(emoji, 15) + "🔑李🗝é🌍ñ🚲s"},
			"72@example.org":     {long + ascii + ascii + "one", long + ascii + ascii + "one", long + ascii + ascii + "two"},
			"accent@example.org": {"caf\u00e9 cr\u00e8me br\u00fbl\u00e9e", "cafe\u0301 cre\u0300me bru\u0302le\u0301e", "cafe creme brulee"},
			"wide@example.org":   {"ｗｉｄｅ horse battery １２", "wide horse battery 12", "wide horse battery 1"},
			"blanks@example.org": {" horse  battery staple ", " horse  battery staple ", "horse  battery staple"},
		} {
			s.choosePassword(t, email, c.chosen).is(200, "")
			s.post(t, "/auth/login", credentials(email, c.other)).is(401, "invalid_credentials")
			s.post(t, "/auth/login", credentials(email, c.typed)).is(200, "")
		}
		over := strings.Repeat("🔑", 257)
		require.Contains(t, s.choosePassword(t, "over@example.org", over).is(422, "invalid").raw, "at most 1024 bytes")
	})
}

func TestAHashWithOldParametersIsReplacedAtSignIn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		weak, err := argon2.New(argon2.Params{MemoryKiB: 64, Time: 1, Threads: 1}, 1, 1).Hash(t.Context(), domain.NewSecret(ownerPassword))
		require.NoError(t, err)
		s.change(t, ownerEmail, func(u *domain.User) { u.Password = weak })
		stored := func() (hash domain.PasswordHash) {
			s.inOrg(t, func(tx port.OrgTx) {
				user, err := tx.Users().ByEmail(t.Context(), ownerEmail)
				require.NoError(t, err)
				hash = user.Password
			})
			return hash
		}
		s.challenge(t, "mfa_enrollment_required")
		strong := stored()
		require.Contains(t, string(strong), fmt.Sprintf("$m=%d,", inprocess.Hashing.MemoryKiB))
		s.challenge(t, "mfa_enrollment_required")
		require.Equal(t, strong, stored(), "it is replaced only once")
	})
}

func TestPasswordStrengthReportsTheReasonOfARefusal(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		for email, candidate := range map[string]string{
			"common@example.org":    "Sunshine2026",
			"short@example.org":     "qzv8 jw3m",
			"of.myself@example.org": "of.myself 2026",
			"repeat@example.org":    "aaaaaaaaaaaaaaaa",
			"product@example.org":   "sole 2026-10-12",
		} {
			refused := s.choosePassword(t, email, candidate).is(422, "invalid")
			body := map[string]any{"password": candidate, "email": email, "full_name": "Member"}
			strength := s.post(t, "/auth/password/strength", body).is(200, "")
			require.Equal(t, false, strength.at("acceptable"), candidate)
			require.NotEmpty(t, strength.at("errors"), candidate)
			require.Equal(t, refused.faults("body.new_password"), strength.faults("body.password"))
			require.NotContains(t, refused.raw+strength.raw, candidate)
		}
	})
}

// faults returns the messages of the errors, which must all have the location.
func (a answer) faults(location string) (messages []any) {
	a.t.Helper()
	for _, fault := range a.at("errors").([]any) {
		require.Equal(a.t, location, fault.(map[string]any)["location"])
		messages = append(messages, fault.(map[string]any)["message"])
	}
	return messages
}

func TestPasswordStrengthIsReported(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], multi)
	ask := func(body map[string]any) answer {
		return s.post(t, "/auth/password/strength", body, "X-Org-Id", "default")
	}
	good := ask(map[string]any{"password": "correct horse battery staple"}).is(200, "")
	require.Equal(t, map[string]any{"score": 4.0, "acceptable": true, "warning": "", "suggestions": []any{}}, good.body)
	weak := ask(map[string]any{"password": "abcdefghijkl"}).is(200, "")
	require.Equal(t, 0.0, weak.at("score"))
	require.NotEmpty(t, weak.text("warning"))
	require.NotEmpty(t, weak.at("suggestions"))

	ask(map[string]any{"password": strings.Repeat("x", 1025)}).is(422, "invalid")
	require.Equal(t, false, ask(map[string]any{"password": strings.Repeat("🔑", 1024)}).is(200, "").at("acceptable"))
	ask(map[string]any{}).is(422, "invalid")
	s.post(t, "/auth/password/strength", map[string]any{"password": "x"}).is(400, "org_required")
	s.post(t, "/auth/password/strength", map[string]any{"password": "x"}, "X-Org-Id", "nobody").is(404, "org_not_found")

	before := s.auditCount(t)
	ask(map[string]any{"password": canary + " battery", "email": canary + "@example.org", "full_name": canary}).is(200, "")
	require.NotContains(t, s.log.String(), canary)
	require.Equal(t, before, s.auditCount(t))
}
