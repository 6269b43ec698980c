package web

import "github.com/sole-platform/sole/application/mail"

// EmailLinks returns the links to the pages that emails lead to, at the URL of the service. The token is in the query, because
// the pages work without scripts. No log, trace or referrer contains the query, and opening a link changes nothing.
func EmailLinks(publicURL string) mail.Links {
	link := func(path string) string { return publicURL + path + "?token=" }
	return mail.Links{
		ResetPassword: link("/reset-password"), AcceptInvitation: link("/accept-invitation"), ConfirmEmail: link("/confirm-email"),
	}
}
