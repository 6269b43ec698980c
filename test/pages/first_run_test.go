package pages

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
)

const chosen = "seven quiet harbours at dusk"

// firstRun makes the founder an owner whom nobody uses yet, and returns the path of a link to become the owner.
func (s *service) firstRun(t *testing.T) string {
	t.Helper()
	s.in(t, func(tx port.OrgTx) {
		founder, err := tx.Users().ByEmail(t.Context(), founderEmail)
		require.NoError(t, err)
		founder.SetSeededPassword(founder.Password, s.clock.Now())
		require.NoError(t, tx.Users().Update(t.Context(), founder))
	})
	token, err := s.app.OfferFirstRun.Execute(t.Context(), platform.SeedInput{OrgID: s.id})
	require.NoError(t, err)
	return "/first-run?token=" + url.QueryEscape(token.Reveal())
}

func TestAPersonBecomesTheOwnerInTheBrowser(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		link, b := s.firstRun(t), s.visit(t)
		b.Goto("/sign-in")
		b.WaitForText("This service has no owner yet")
		b.Accessible()
		b.Goto("/first-run")
		b.WaitForText("Whoever starts it receives a link")
		b.Accessible()

		b.Goto(link)
		b.Accessible()
		b.Type("[name=full_name]", "Ada Obi")
		b.Type("[name=email]", "ada@example.org")
		b.Type("[name=new_password]", "password1234")
		b.Type("[name=new_password_again]", "password1234")
		b.Click("button[type=submit]")
		b.WaitFor("[name=new_password][aria-invalid=true]")
		require.Equal(t, "Ada Obi", b.Field("[name=full_name]"), "what was typed is kept")
		require.Equal(t, "ada@example.org", b.Field("[name=email]"))
		require.Empty(t, b.Field("[name=new_password]"))

		b.Type("[name=new_password]", chosen)
		b.Type("[name=new_password_again]", chosen)
		b.Click("main button[type=submit]")
		b.WaitForText("Set up a second factor")
		b.Click("[name=kind][value=totp]")
		b.WaitFor("[name=code]")
		ada := &person{org: s.org, secret: appSecret(b)}
		b.Type("[name=code]", s.code(t, ada))
		b.Click("main button[type=submit]")
		b.WaitForText("recovery codes")
		b.Check("#kept", true)
		b.Click("main button[type=submit]")
		b.WaitForPath("/account")
		b.WaitForText("Ada Obi")

		late := s.visit(t)
		late.Goto(link)
		late.WaitForText("This service has an owner already")
		require.NotContains(t, s.log.String(), link[len("/first-run?token="):], "no log has the token")
	})
}

func TestAnExpiredLinkOfTheFirstRunIsExplained(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	link := s.firstRun(t)
	s.clock.Advance(25 * time.Hour)
	token, err := url.Parse(link)
	require.NoError(t, err)
	p := s.client(t, nil).post("/first-run", url.Values{
		"token": token.Query()["token"], "email": {"ada@example.org"}, "full_name": {"Ada"},
		"new_password": {chosen}, "new_password_again": {chosen},
	})
	require.Equal(t, 422, p.status)
	require.Contains(t, p.text, "each start shows a new one")
	require.NotContains(t, p.text, chosen)
}
