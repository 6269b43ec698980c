package bootstrap

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/webauthn"
)

// relatedLabels is how many names of sites in the list of related origins every browser reads (WebAuthn Level 3, section
// 5.11). Later ones may be ignored.
const relatedLabels = 5

// passkeyOrigins returns the origins whose pages may use passkeys; none if this deployment has no passkeys.
func (app *App) passkeyOrigins() []string {
	if app.passkeys.Available() != nil {
		return nil
	}
	return app.Config.PasskeyOrigins
}

// noPasskeys says why no page can use passkeys and what to write, or nothing if some page can.
func (c Config) noPasskeys() string {
	switch host := hostOf(c.PublicURL); {
	case c.RPID != host && webauthn.IsAddress(c.RPID):
		domain := "example.org"
		if isDomain(host) && !webauthn.IsAddress(host) {
			domain = host
		}
		return "passkeys are off, because WEBAUTHN_RP_ID is not a domain: write one, such as WEBAUTHN_RP_ID=" + domain
	case c.RPID == "" || webauthn.IsAddress(c.RPID):
		return "passkeys are off, because the host of PUBLIC_URL is not a domain: write one, such as PUBLIC_URL=https://id.example.org, " +
			"or PUBLIC_URL=http://localhost:" + strconv.Itoa(c.Port) + " to try passkeys on this machine"
	case !slices.ContainsFunc(c.PasskeyOrigins, allowsPasskeys):
		return "no page can use passkeys, because browsers have them only at domains with https:// and at localhost: " +
			"write such a PUBLIC_URL, or list the pages in WEBAUTHN_ORIGINS"
	}
	return ""
}

// allowsPasskeys reports whether browsers offer passkeys to pages of an origin.
func allowsPasskeys(origin string) bool {
	host := hostOf(origin)
	return isLocalhost(host) || strings.HasPrefix(origin, "https://") && isDomain(host) && !webauthn.IsAddress(host)
}

// passkeyWarnings warns of settings with which passkeys do not work, or not on every page.
func (c Config) passkeyWarnings() (warnings []warning) {
	warn := func(text string) { warnings = append(warnings, warning{text: text}) }
	if reason := c.noPasskeys(); reason != "" {
		if c.Production {
			warn(reason)
		}
		return warnings
	}
	public, document := hostOf(c.PublicURL), "https://"+c.RPID+"/.well-known/webauthn"
	switch {
	case !allowsPasskeys(c.PublicURL): // the pages are elsewhere
	case !isWithin(public, c.RPID):
		warn("WEBAUTHN_RP_ID is neither the host of PUBLIC_URL nor a domain above it: write WEBAUTHN_RP_ID=" + public + ", or make " +
			document + " lead to this service, because browsers look there for the other sites that may use its passkeys")
	case public != c.RPID && len(c.related()) > 0:
		warn("WEBAUTHN_ORIGINS has sites outside of WEBAUTHN_RP_ID: make " + document +
			" lead to this service, because browsers look there for the other sites that may use its passkeys")
	}
	if labels := siteNames(c.PasskeyOrigins); len(c.related()) > 0 && len(labels) > relatedLabels {
		warn("WEBAUTHN_ORIGINS has sites of " + strconv.Itoa(len(labels)) + " names: browsers may read only the first " +
			strconv.Itoa(relatedLabels) + " (" + strings.Join(labels[:relatedLabels], ", ") + ")")
	}
	return warnings
}

// related returns the origins outside of the RP ID. Their pages can use passkeys once the browser has found them in the
// document /.well-known/webauthn of the RP ID.
func (c Config) related() (origins []string) {
	for _, origin := range c.PasskeyOrigins {
		if !isWithin(hostOf(origin), c.RPID) {
			origins = append(origins, origin)
		}
	}
	return origins
}

// siteNames returns the names that browsers count among related origins, each once: "example" for https://app.example.org.
func siteNames(origins []string) (names []string) {
	for _, origin := range origins {
		site, err := publicsuffix.EffectiveTLDPlusOne(hostOf(origin))
		if err != nil {
			site = hostOf(origin)
		}
		if name, _, _ := strings.Cut(site, "."); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// diagnosePasskeys reports for which site passkeys are, and what cannot use them.
func (c Config) diagnosePasskeys() (findings []cli.Finding) {
	add := func(level cli.Level, text string) {
		findings = append(findings, cli.Finding{Level: level, Subject: "passkeys", Text: text})
	}
	if reason := c.noPasskeys(); reason != "" {
		if !c.Production { // otherwise it is among the warnings
			add(cli.LevelNote, reason)
		}
		return findings
	}
	add(cli.LevelOK, "for "+c.RPID+", on pages of "+strings.Join(c.PasskeyOrigins, ", "))
	switch own, _ := canonicalOrigin(c.PublicURL); {
	case !allowsPasskeys(own):
		add(cli.LevelNote, "pages of this service cannot use them, because PUBLIC_URL has no https:// or no domain")
	case !slices.Contains(c.PasskeyOrigins, own):
		add(cli.LevelNote, "pages of this service cannot use them: add "+own+" to WEBAUTHN_ORIGINS if they should")
	}
	if c.MultiTenant && c.TenantBaseDomain != "" && !isWithin(c.TenantBaseDomain, c.RPID) {
		add(cli.LevelNote, "pages below TENANT_BASE_DOMAIN cannot use them: "+
			"write WEBAUTHN_RP_ID="+c.TenantBaseDomain+" before people register passkeys, and add the pages to WEBAUTHN_ORIGINS")
	}
	return findings
}

// diagnosePasskeyOrgs reports the orgs that require passkeys where no page can use passkeys.
func (app *App) diagnosePasskeyOrgs(ctx context.Context) (findings []cli.Finding) {
	if app.Config.noPasskeys() == "" {
		return nil
	}
	add := func(text string) {
		findings = append(findings, cli.Finding{Level: cli.LevelFailure, Subject: "passkeys", Text: text})
	}
	switch slugs, err := app.Operations.PasskeyOrgs.Execute(ctx); {
	case err != nil:
		add(cli.Reason(err))
	case len(slugs) > 0:
		add(fmt.Sprintf("%d orgs require them (phishing_resistant), so that people cannot sign in there: "+
			"correct PUBLIC_URL, WEBAUTHN_RP_ID or WEBAUTHN_ORIGINS; the first org is %s", len(slugs), slugs[0]))
	}
	return findings
}

// diagnosePasskeySites reports the passkeys that cannot be used, because they were registered for another RP ID.
func (app *App) diagnosePasskeySites(ctx context.Context) (findings []cli.Finding) {
	const subject = "passkeys"
	counts, err := app.Operations.PasskeySites.Execute(ctx)
	if err != nil {
		return []cli.Finding{{Level: cli.LevelFailure, Subject: subject, Text: cli.Reason(err)}}
	}
	for _, site := range slices.Sorted(maps.Keys(counts)) {
		if site != app.Config.RPID {
			findings = append(findings, cli.Finding{Level: cli.LevelWarning, Subject: subject, Text: fmt.Sprintf(
				"%d cannot be used, because they were registered for %s: write WEBAUTHN_RP_ID=%s, or let their owners add new ones",
				counts[site], site, site)})
		}
	}
	return findings
}
