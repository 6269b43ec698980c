package page

import (
	"errors"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

const (
	sessionCookie  = "sole_session"
	deviceCookie   = "sole_device"
	languageCookie = "sole_language"
	orgCookie      = "sole_org"
)

// How long a browser keeps what is no session. The server decides how long a device is remembered.
const longest = 365 * 24 * time.Hour

// cookieName returns the name of a cookie. The prefix binds it to this host and to https (RFC 6265bis section 4.1.3.2);
// a plain-http deployment has none, because browsers would refuse the cookie.
func (s *Site) cookieName(name string) string {
	if s.Secure {
		return "__Host-" + name
	}
	return name
}

func (r *Request) cookie(name string) string { return r.c.Cookies(r.site.cookieName(name)) }

// setCookie sets a cookie for the lifetime; with none, it removes the cookie.
func (r *Request) setCookie(name, value string, lifetime time.Duration) {
	cookie := &fiber.Cookie{
		Name: r.site.cookieName(name), Value: value, Path: "/", MaxAge: int(lifetime.Seconds()),
		HTTPOnly: true, Secure: r.site.Secure, SameSite: fiber.CookieSameSiteLaxMode,
	}
	if lifetime <= 0 {
		cookie.MaxAge, cookie.Expires = -1, time.Unix(1, 0)
	}
	r.c.Cookie(cookie)
}

// SignIn stores the tokens of a completed sign-in in the cookie of the session. A session that the cookie held before
// ends, because nobody could reach it any more.
func (r *Request) SignIn(tokens auth.Tokens) {
	if r.SignedIn() {
		if err := r.site.Auth.Logout.Execute(r.Context(), r.Caller); err != nil {
			r.site.Fault(r.c.UserContext(), err)
		}
	}
	r.RenewSession(tokens)
}

// RenewSession stores the tokens with which a session goes on in its cookie.
func (r *Request) RenewSession(tokens auth.Tokens) {
	r.setCookie(sessionCookie, tokens.Access.Reveal()+"~"+tokens.Refresh.Reveal(), tokens.RefreshExpiresIn)
}

func (r *Request) forgetSession() {
	if r.cookie(sessionCookie) != "" {
		r.setCookie(sessionCookie, "", 0)
	}
}

// DeviceToken returns the token of this browser in the org, if the browser is remembered there.
func (r *Request) DeviceToken(org domain.OrgID) domain.Secret {
	return domain.NewSecret(r.cookie(deviceCookie + "_" + string(org)))
}

// RememberDevice stores the token of a remembered browser; none changes nothing.
func (r *Request) RememberDevice(org domain.OrgID, token domain.Secret) {
	if !token.IsZero() {
		r.setCookie(deviceCookie+"_"+string(org), token.Reveal(), longest)
	}
}

// RememberOrg stores the slug of the org at which a person signs in with this browser.
func (r *Request) RememberOrg(slug string) {
	if slug != r.LastOrg() {
		r.setCookie(orgCookie, slug, longest)
	}
}

// LastOrg returns the slug of RememberOrg, or "".
func (r *Request) LastOrg() string { return r.cookie(orgCookie) }

// HostOrg returns the slug of the org that the host names, or "".
func (r *Request) HostOrg() string {
	if !r.site.MultiTenant {
		return ""
	}
	return r.site.OrgOfHost(string(r.c.Request().Host()))
}

// admit finds the caller of the session cookie, if there is one. An access token that has expired is refreshed.
func (s *Site) admit(r *Request) error {
	if err := s.resolveHost(r); err != nil {
		return err
	}
	access, refresh, found := strings.Cut(r.cookie(sessionCookie), "~")
	if !found {
		r.matchOrg()
		return nil
	}
	ctx := r.c.UserContext()
	caller, err := s.Auth.Authenticate.Execute(ctx, r.Visitor, auth.AuthenticateInput{Token: access})
	if errors.Is(err, domain.ErrTokenExpired) {
		var tokens *auth.Tokens
		if tokens, err = s.Auth.Refresh.Execute(ctx, r.Visitor, domain.NewSecret(refresh)); err != nil {
			return err
		}
		r.RenewSession(*tokens)
		caller, err = s.Auth.Authenticate.Execute(ctx, r.Visitor, auth.AuthenticateInput{Token: tokens.Access.Reveal()})
	}
	if err == nil && caller.Service() {
		err = domain.ErrUnauthenticated // pages are for people
	}
	if err != nil {
		return err
	}
	r.Caller = caller
	r.matchLanguage(caller.Settings.DefaultLocale)
	s.Note(ctx, r.route, caller)
	return nil
}

// resolveHost sets the org of the visitor to the one that the host names.
func (s *Site) resolveHost(r *Request) error {
	slug := r.HostOrg()
	if slug == "" {
		return nil
	}
	org, err := s.Auth.ResolveOrg.Execute(r.c.UserContext(), slug)
	if err != nil {
		return err
	}
	r.At(org)
	return nil
}

// whyEnded returns why a session has ended: the reason that was stored with it, or the code of the failure.
func whyEnded(failure *domain.Error) string {
	switch {
	case errors.Is(failure, domain.ErrMFARequired):
		return string(domain.SessionFactorMissing)
	case errors.Is(failure, domain.ErrPasskeyRequired):
		return string(domain.SessionPasskeyMissing)
	case failure.Decision == nil:
		return string(failure.Code)
	}
	facts, known := failure.Decision.Question.(*domain.SessionFacts)
	if !known || facts.Session.EndReason == "" {
		return string(failure.Code)
	}
	return string(facts.Session.EndReason)
}

// signOut ends the session and forgets its cookie, even if the session has ended already.
func (s *Site) signOut(r *Request) error {
	if err := s.Auth.Logout.Execute(r.Context(), r.Caller); err != nil {
		return err
	}
	return r.SignedOut("signed_out")
}

// SignedOut leads to the sign-in after the session has ended, where the text of the key "done."+name is shown.
func (r *Request) SignedOut(name string) error {
	r.forgetSession()
	return r.Done("/sign-in", name)
}
