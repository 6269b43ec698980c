package pages

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestThePagesAreInTheLanguageOfTheOrg(t *testing.T) {
	t.Parallel()
	s := embeddedWith(t, multi)
	o := s.newOrg(t, "Acme", "acme-inc")
	o.settings(t, func(settings *domain.OrgSettings) { settings.DefaultLocale = "de-AT" })
	for accepted, want := range map[string]string{"": "de", "fr, *;q=0.1": "de", "en-GB": "en", "fr, en;q=0.1": "en", "de": "de"} {
		visitor := o.client(t, nil)
		for _, path := range []string{"/sign-in", "/sign-in?org=acme-inc"} {
			shown := visitor.get(path, "Accept-Language", accepted)
			require.Equal(t, want, shown.header.Get("Content-Language"), "%s for %q", path, accepted)
			require.Contains(t, shown.text, `lang="`+want+`"`)
		}
	}
	member := o.client(t, o.founder())
	require.Equal(t, "de", member.get("/account", "Accept-Language", "fr").header.Get("Content-Language"))
	member.post("/language", url.Values{"language": {"en"}})
	require.Equal(t, "en", member.get("/account", "Accept-Language", "fr").header.Get("Content-Language"))
}
