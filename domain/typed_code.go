package domain

import (
	"strings"
	"unicode"
)

// The canonical form of codes.
const (
	oneTimeCodeLength    = 6
	oneTimeCodeAlphabet  = "0123456789"
	recoveryCodeLength   = 16
	recoveryCodeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's base32
	importedCodeLength   = 8
	importedCodeAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
)

// ParseOneTimeCode returns a one-time code in canonical form: six ASCII digits. People type
// it as the app shows it ("123 456"), paste it with a newline or use the digits of their own
// script. Text that cannot be a code is CodeInvalid. It need not be counted as a guess, because the
// response reveals nothing about the right code.
func ParseOneTimeCode(typed Secret) (Secret, error) {
	code := canonicalCode(typed.Reveal())
	if !consistsOf(code, oneTimeCodeAlphabet, oneTimeCodeLength) {
		return Secret{}, Invalid("code", "must be the six digits that the authenticator app shows")
	}
	return NewSecret(code), nil
}

// ParseRecoveryCode returns a recovery code in canonical form: see CanonicalRecoveryCode and
// CanonicalImportedCode. Text that cannot be a code is CodeInvalid and not counted as a guess.
func ParseRecoveryCode(typed Secret) (Secret, error) {
	if imported, ok := CanonicalImportedCode(typed.Reveal()); ok {
		return NewSecret(imported), nil
	}
	code := CanonicalRecoveryCode(typed.Reveal())
	if !consistsOf(code, recoveryCodeAlphabet, recoveryCodeLength) {
		return Secret{}, Invalid("recovery_code", "must be a recovery code: 16 letters and digits, such as 7KQD-2M9X-T4PZ-B8WN")
	}
	return NewSecret(code), nil
}

// CanonicalRecoveryCode normalises a code that was copied by hand. After canonicalCode it converts to
// upper case and replaces the letters that Crockford's base32 leaves out.
func CanonicalRecoveryCode(typed string) string {
	return strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(canonicalCode(typed)))
}

// CanonicalImportedCode normalises a typed recovery code of another system, and reports whether the text has the form of
// those: 8 letters and digits without 0, O, 1 and I, which is 40 bits. The codes of this service are longer.
func CanonicalImportedCode(typed string) (code string, ok bool) {
	code = strings.ToUpper(canonicalCode(typed))
	return code, consistsOf(code, importedCodeAlphabet, importedCodeLength)
}

func consistsOf(code, alphabet string, length int) bool {
	return len(code) == length && strings.Trim(code, alphabet) == ""
}

// canonicalCode removes white space, dashes and invisible characters, and replaces full-width
// letters and the decimal digits of every script by ASCII.
func canonicalCode(typed string) string {
	return strings.Map(func(r rune) rune {
		switch digit, isDigit := decimalDigit(r); {
		case isDigit:
			return '0' + digit
		case isFullWidthLetter(r):
			return r - 'Ａ' + 'A'
		case unicode.IsSpace(r), isDash(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, typed)
}

func isFullWidthLetter(r rune) bool { return 'Ａ' <= r && r <= 'Ｚ' || 'ａ' <= r && r <= 'ｚ' }

// isDash reports whether r is a dash, or a prolonged sound mark, which a Japanese keyboard writes for a hyphen.
func isDash(r rune) bool {
	return unicode.In(r, unicode.Dash, unicode.Hyphen) || r == 'ー' || r == 'ｰ'
}

// decimalDigit returns the value of a digit of any script. Unicode has each script's ten digits
// in one range, from zero to nine (Unicode Standard, section 4.6).
func decimalDigit(r rune) (value rune, ok bool) {
	for _, span := range unicode.Nd.R16 {
		if rune(span.Lo) <= r && r <= rune(span.Hi) {
			return (r - rune(span.Lo)) % 10, true
		}
	}
	for _, span := range unicode.Nd.R32 {
		if rune(span.Lo) <= r && r <= rune(span.Hi) {
			return (r - rune(span.Lo)) % 10, true
		}
	}
	return 0, false
}
