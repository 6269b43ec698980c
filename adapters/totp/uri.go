package totp

import (
	"fmt"
	"net/url"
	"strings"
)

// The longest names in the URI, in characters, so that names in any alphabet fit into a QR code.
const (
	maxIssuer  = 40
	maxAccount = 100
)

// keyURI returns otpauth://totp/issuer:account?... (the Key URI Format of Google Authenticator, the de
// facto standard). Colons in names are left out, because a colon separates issuer and account.
func keyURI(issuer, account, secret string) string {
	issuer, account = escape(issuer, maxIssuer), escape(account, maxAccount)
	return fmt.Sprintf("otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d",
		issuer, account, secret, issuer, digits, period)
}

// escape percent-encodes at most limit characters of a name. Blanks become %20, because apps show a
// "+" unchanged.
func escape(name string, limit int) string {
	name = strings.ReplaceAll(name, ":", "")
	if runes := []rune(name); len(runes) > limit {
		name = string(runes[:limit])
	}
	return strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}
