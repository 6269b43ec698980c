package totp

import (
	"fmt"
	"net/url"
	"strings"
)

// How many characters of each name the URI holds, so that names in any alphabet fit a QR code.
const (
	maxIssuer  = 40
	maxAccount = 100
)

// keyURI writes otpauth://totp/issuer:account?... (Google Authenticator's Key URI Format,
// the de facto standard). A colon in a name would move the border between issuer and
// account, so colons are left out.
func keyURI(issuer, account, secret string) string {
	issuer, account = escape(issuer, maxIssuer), escape(account, maxAccount)
	return fmt.Sprintf("otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d",
		issuer, account, secret, issuer, digits, period)
}

// escape percent-encodes at most limit characters of a name, blanks as %20: apps show a
// "+" as it stands.
func escape(name string, limit int) string {
	name = strings.ReplaceAll(name, ":", "")
	if runes := []rune(name); len(runes) > limit {
		name = string(runes[:limit])
	}
	return strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}
