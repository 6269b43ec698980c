package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

var (
	zoe  = domain.User{Email: "Zoe.Miller@example.org", FullName: "Zoë Miller"}
	acme = domain.Org{Name: "Acme Rockets", Slug: "rockets-of-acme"}
)

func checkPassword(text string, minLength int) error {
	return domain.CheckPassword(domain.NewSecret(text), minLength, zoe, acme)
}

// requirePasswordRefused checks the reason given, and that it does not repeat the password.
func requirePasswordRefused(t *testing.T, err error, password, reason string) {
	t.Helper()
	requireFault(t, err, "body.new_password")
	require.Contains(t, fmt.Sprintf("%+v", err.(*domain.Error).Fields), reason)
	if len(password) > 3 {
		require.NotContains(t, fmt.Sprintf("%+v", *err.(*domain.Error)), password)
	}
}

func TestPasswordsOfAnyCharactersAreAccepted(t *testing.T) {
	for name, good := range map[string]string{
		"twelve letters":               "abcdefghijkl",
		"words":                        "twelve chars",
		"no digit, no symbol, no case": "onlylowercaseletters",
		"only digits":                  "739184620571",
		"only blanks":                  strings.Repeat(" ", 12),
		"Cyrillic words":               "пароль из слов",
		"twelve accents":               strings.Repeat("é", 12),
		"twelve keys":                  strings.Repeat("🔑", 12),
		"control characters":           "tab\tand\nnewline",
		"64 characters":                strings.Repeat("x", 64),
		"64 wide characters":           strings.Repeat("李", 64),
		"128 characters":               strings.Repeat("x", 128),
		"1,024 bytes":                  strings.Repeat("x", 1024),
		"1,024 bytes of keys":          strings.Repeat("🔑", 256),
		"U+FFFD, which is text":        strings.Repeat("\ufffd", 12),
	} {
		t.Run(name, func(t *testing.T) { require.NoError(t, checkPassword(good, 12)) })
	}
}

func TestLengthIsCountedInCharacters(t *testing.T) {
	for _, character := range []string{"x", "é", "李", "🔑"} {
		for _, minLength := range []int{8, 12, 64, 128} {
			enough := strings.Repeat(character, minLength)
			require.NoError(t, checkPassword(enough, minLength))
			short := strings.TrimSuffix(enough, character)
			requirePasswordRefused(t, checkPassword(short, minLength), short, fmt.Sprintf("at least %d characters", minLength))
		}
	}
	requirePasswordRefused(t, checkPassword("", 1), "", "at least 1 characters")
}

func TestSizeIsBoundedInBytes(t *testing.T) {
	for name, long := range map[string]string{
		"1,025 bytes":                   strings.Repeat("x", 1025),
		"a megabyte":                    strings.Repeat("x", 1<<20),
		"1,028 bytes, 257 keys":         strings.Repeat("🔑", 257),
		"1,025 bytes, 1,024 characters": strings.Repeat("x", 1023) + "é",
	} {
		t.Run(name, func(t *testing.T) {
			requirePasswordRefused(t, checkPassword(long, 12), long, "at most 1024 bytes")
		})
	}
	require.Equal(t, 1024, domain.MaxPasswordBytes)
}

func TestWhatIsNoTextIsNoPassword(t *testing.T) {
	for name, bad := range map[string]string{
		"a NUL inside":      "twelve\x00chars",
		"a NUL at the end":  "twelve chars\x00",
		"a NUL before":      "\x00twelve chars",
		"no UTF-8":          strings.Repeat("\xff\xfe", 12),
		"half a character":  "twelve chars\xc3",
		"a lone surrogate":  "twelve chars\xed\xa0\x80",
		"an overlong slash": "twelve chars\xc0\xaf",
	} {
		t.Run(name, func(t *testing.T) {
			requirePasswordRefused(t, checkPassword(bad, 12), bad, "text without NUL")
		})
	}
}

func TestAPasswordThatIsMostlyKnownWordsIsRefused(t *testing.T) {
	for name, bad := range map[string]string{
		"the address":                    "zoe.miller@example.org",
		"the address, decorated":         "!zoe.miller@example.org1",
		"the address in capitals":        "ZOE.MILLER@EXAMPLE.ORG",
		"its local part and digits":      "zoe.miller123",
		"its local part, half of it":     "zoe.miller0123456789",
		"digits first":                   "0123456789zoe.miller",
		"in the middle":                  "01234zoe.miller56789",
		"the name":                       "Zoë Miller 42",
		"the last name, half of it":      "miller123456",
		"the last name in mixed case":    "123456mILLer",
		"the org":                        "Acme Rockets!",
		"the org in lower case":          "acme rockets!",
		"the slug":                       "rockets-of-acme",
		"the slug in capitals, and more": "ROCKETS-OF-ACME-2026",
	} {
		t.Run(name, func(t *testing.T) {
			requirePasswordRefused(t, checkPassword(bad, 12), bad, "must not contain")
		})
	}
}

func TestAPasswordMayMentionAKnownWord(t *testing.T) {
	for name, good := range map[string]string{
		"less than half of it":          "zoe.miller0123456789x",
		"the last name, less than half": "miller1234567",
		"a sentence about the org":      "a long sentence that mentions acme rockets once",
		"a word of three letters":       "zoe-123456789",
	} {
		t.Run(name, func(t *testing.T) { require.NoError(t, checkPassword(good, 12)) })
	}
}

func TestOnlyWordsOfFourLettersCount(t *testing.T) {
	for name, refused := range map[string]bool{"Ann": false, "Anna": true} {
		err := domain.CheckPassword(domain.NewSecret(name+"xy"), 5, domain.User{FullName: name}, domain.Org{})
		require.Equal(t, refused, err != nil, name)
	}
}

func TestWithoutKnownWordsNothingIsMissed(t *testing.T) {
	require.NoError(t, domain.CheckPassword(domain.NewSecret("twelve chars"), 12, domain.User{}, domain.Org{}))
	require.NoError(t, domain.CheckPassword(domain.NewSecret("twelve chars"), 12, domain.User{Email: "@"}, domain.Org{Name: " "}))
}

func FuzzCheckPassword(f *testing.F) {
	for _, seed := range []string{"", "twelve chars", "zoe.miller123", "пароль из слов", "\x00", "\xff", strings.Repeat("🔑", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		err := checkPassword(text, 12)
		usable := utf8.ValidString(text) && !strings.Contains(text, "\x00") && len(text) <= 1024 && utf8.RuneCountInString(text) >= 12
		if err == nil && !usable {
			t.Fatalf("%q passed for a password", text)
		}
		if err != nil && usable && !strings.Contains(err.(*domain.Error).Fields[0].Message, "must not contain") {
			t.Fatalf("%q was refused: %v", text, err)
		}
	})
}
