package domain

import (
	"strings"
	"unicode"
)

// Email is a valid email address as its owner writes it.
type Email string

// ParseEmail accepts the addresses that are used in practice: an ASCII local part and a
// host name of at least two labels, 254 bytes in all (RFC 5321 §4.5.3.1). Other
// alphabets are refused, which also excludes look-alikes of an address; a host in
// another alphabet can be written in its xn-- form. Blanks around the address are ignored.
func ParseEmail(raw string) (Email, error) {
	raw = trimBlanks(raw)
	local, host, found := strings.Cut(raw, "@")
	if !found || len(raw) > 254 || len(local) > 64 || !isLocalPart(local) || !isHostName(host) {
		return "", Invalid("email", "must be an email address such as name@example.org")
	}
	return Email(raw), nil
}

// TypedEmail returns the text that somebody entered as their address, without the blanks around
// it. The text may not be a valid address; then no account has it.
func TypedEmail(raw string) Email { return Email(trimBlanks(raw)) }

// trimBlanks removes white space and invisible characters from both ends: pasted addresses
// often have them.
func trimBlanks(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
}

// Key is the form under which an address is unique in its org: letter case is ignored.
func (e Email) Key() string { return strings.ToLower(string(e)) }

const localPartSymbols = "!#$%&'*+-/=?^_`{|}~."

func isLocalPart(s string) bool {
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for _, c := range []byte(s) {
		if !isAlphanumeric(c) && strings.IndexByte(localPartSymbols, c) < 0 {
			return false
		}
	}
	return true
}

func isHostName(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if !isAlphanumeric(c) && c != '-' {
				return false
			}
		}
	}
	return len(labels) >= 2
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
