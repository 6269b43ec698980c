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

func passwordFaults(text string, minLength int) []string {
	return domain.PasswordFaults(domain.NewSecret(text), minLength, zoe, acme)
}

// requirePasswordRefused checks the reasons given, and that none repeats the password.
func requirePasswordRefused(t *testing.T, password string, minLength int, reasons ...string) {
	t.Helper()
	faults := passwordFaults(password, minLength)
	require.Len(t, faults, len(reasons), "%q", faults)
	for i, reason := range reasons {
		require.Contains(t, faults[i], reason)
		require.Contains(t, faults[i], ": ", "what to do")
		if len(password) > 3 {
			require.NotContains(t, faults[i], password)
		}
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
		t.Run(name, func(t *testing.T) { require.Empty(t, passwordFaults(good, 12)) })
	}
}

func TestLengthIsCountedInCharacters(t *testing.T) {
	for _, character := range []string{"x", "é", "李", "🔑"} {
		for _, minLength := range []int{8, 12, 64, 128} {
			enough := strings.Repeat(character, minLength)
			require.Empty(t, passwordFaults(enough, minLength))
			short := strings.TrimSuffix(enough, character)
			requirePasswordRefused(t, short, minLength, fmt.Sprintf("at least %d characters", minLength))
		}
	}
}

func TestNoSettingAllowsFewerThanEightCharacters(t *testing.T) {
	for _, minLength := range []int{-1, 0, 1, 7, 8} {
		require.Empty(t, passwordFaults("eight ch", minLength))
		requirePasswordRefused(t, "seven c", minLength, "at least 8 characters")
		requirePasswordRefused(t, "", minLength, "at least 8 characters")
	}
}

func TestSizeIsBoundedInBytes(t *testing.T) {
	for name, long := range map[string]string{
		"1,025 bytes":                   strings.Repeat("x", 1025),
		"a megabyte":                    strings.Repeat("x", 1<<20),
		"1,028 bytes, 257 keys":         strings.Repeat("🔑", 257),
		"1,025 bytes, 1,024 characters": strings.Repeat("x", 1023) + "é",
	} {
		t.Run(name, func(t *testing.T) {
			requirePasswordRefused(t, long, 12, "at most 1024 bytes")
		})
	}
	require.Equal(t, 1024, domain.MaxPasswordBytes)
}

func TestAPasswordMustBeText(t *testing.T) {
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
			requirePasswordRefused(t, bad, 12, "text without NUL")
		})
	}
}

func TestAPasswordThatIsMainlyKnownWordsIsRefused(t *testing.T) {
	const (
		address, person, product = "the account's email address", "the person's name", "this service's name"
		organisation, slug       = "the organisation's name", "the organisation's short name"
	)
	for bad, of := range map[string]string{
		"zoe.miller@example.org":   address,
		"!zoe.miller@example.org1": address,
		"ZOE.MILLER@EXAMPLE.ORG":   address,
		"zoe.miller123":            address,
		"zoe.miller0123456789":     address,
		"0123456789zoe.miller":     address,
		"01234zoe.miller56789":     address,
		"Zoë Miller 42":            person,
		"miller123456":             person,
		"123456mILLer":             person,
		"miller/miller/123456":     person,
		"Acme Rockets!":            organisation,
		"acme rockets!":            organisation,
		"rockets 2026":             organisation,
		"rockets-of-acme":          slug,
		"ROCKETS-OF-ACME-2026":     slug,
		"sole-2026-10!":            product,
		"Sole+SOLE+sole":           product,
		"123456789012 sole":        product,
	} {
		t.Run(bad, func(t *testing.T) {
			requirePasswordRefused(t, bad, 12, "must not consist mainly of "+of+":")
		})
	}
}

func TestKnownWordsAddUpAndEachKindIsNamed(t *testing.T) {
	requirePasswordRefused(t, "Miller @ Acme 2026", 12, "the person's name", "the organisation's name")
	requirePasswordRefused(t, "Miller@A", 12, "at least 12 characters", "the person's name")
}

func TestAPasswordMayMentionAKnownWord(t *testing.T) {
	for name, good := range map[string]string{
		"less than half of it":             "zoe.miller0123456789x",
		"the last name, less than half":    "miller1234567",
		"a sentence about the org":         "a long sentence that mentions acme rockets once",
		"a word of three letters":          "zoe-123456789",
		"what striking out would join":     "miacmellermiacmeller x y z",
		"the product among other words":    "the sole survivor",
		"the product inside of a word":     "consoles 1234",
		"the product twice without a gap":  "solesole 1234",
		"the product in another word form": "soles 1234567",
	} {
		t.Run(name, func(t *testing.T) { require.Empty(t, passwordFaults(good, 12)) })
	}
}

func TestOnlyWordsOfFourCharactersCount(t *testing.T) {
	for name, refused := range map[string]bool{"Ann": false, "Anna": true, "Zoë": false, "Zoés": true} {
		faults := domain.PasswordFaults(domain.NewSecret(name+"1234"), 5, domain.User{FullName: name}, domain.Org{})
		require.Equal(t, refused, strings.Contains(fmt.Sprint(faults), "the person's name"), name)
	}
}

func TestPasswordFaultsWorkWithoutKnownWords(t *testing.T) {
	require.Empty(t, domain.PasswordFaults(domain.NewSecret("twelve chars"), 12, domain.User{}, domain.Org{}))
	require.Empty(t, domain.PasswordFaults(domain.NewSecret("twelve chars"), 12, domain.User{Email: "@"}, domain.Org{Name: " "}))
}

func TestWhatAnAttackerKnowsIsListed(t *testing.T) {
	require.Equal(t, []string{
		"sole", "zoe.miller@example.org", "zoe.miller", "zoë miller", "acme rockets", "rockets-of-acme", "miller", "acme", "rockets", "miller",
	}, domain.PasswordContext(zoe, acme))
	require.Equal(t, []string{"sole"}, domain.PasswordContext(domain.User{}, domain.Org{}))
}

func TestARefusedPasswordNamesItsMemberAndEveryFault(t *testing.T) {
	err := domain.RefusePassword([]string{"one", "two"})
	require.Equal(t, domain.CodeInvalid, err.Code)
	require.Equal(t, []domain.FieldError{{"new_password", "one"}, {"new_password", "two"}}, err.Fields)
}

func FuzzPasswordFaults(f *testing.F) {
	for _, seed := range []string{"", "twelve chars", "zoe.miller123", "пароль из слов", "\x00", "\xff",
		strings.Repeat("🔑", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		faults := passwordFaults(text, 12)
		usable := utf8.ValidString(text) && !strings.Contains(text, "\x00") && len(text) <= 1024 && utf8.RuneCountInString(text) >= 12
		if len(faults) == 0 && !usable {
			t.Fatalf("%q passed for a password", text)
		}
		if len(faults) > 0 && usable && !strings.Contains(faults[0], "must not consist mainly of") {
			t.Fatalf("%q was refused: %q", text, faults)
		}
	})
}
