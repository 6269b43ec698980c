package zxcvbn

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
)

func TestConformance(t *testing.T) {
	conformance.PasswordJudge(t, func(*testing.T) port.PasswordJudge { return Judge{} })
}

func TestTheListIsLongSortedAndMadeOfWhatIsLookedUp(t *testing.T) {
	words := unpack()
	if len(words) < 10_000 {
		t.Errorf("%d common passwords", len(words))
	}
	if !slices.IsSorted(words) || len(slices.Compact(slices.Clone(words))) != len(words) {
		t.Error("the list is not sorted, or repeats itself")
	}
	for _, word := range words {
		if len(word) < domain.MinPasswordLength ||
			strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' || 'A' <= r && r <= 'Z' }) {
			t.Errorf("%q can never be looked up, or is shorter than any password", word)
		}
	}
}

func TestOnlyAShortDecorationIsSeenThrough(t *testing.T) {
	list := unpack()
	for password, want := range map[string]bool{
		"sunshine1234": true, "sunshine!?#*": true, "sunshine;;;;;": false, "sunshine1a23": false, "1234sunshine": false,
		"sunshine" + strings.Repeat("1", 1000): false,
	} {
		if isCommon(password, list) != want {
			t.Errorf("%q: got %t", password, !want)
		}
	}
}

// everything is made of what the estimator finds most to do in.
var everything = rapid.StringOfN(
	rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune("4@({[<69!|1$5+7 \n")), rapid.SampledFrom([]rune("\u0301ﷺ각🔑é\ufffd"))),
	0,
	300,
	-1,
)

func TestWhatIsEstimatedIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := everything.Draw(t, "text")
		got := excerpt(text)
		if len(got) > maxLength || readings(got) > maxReadings && len(got) > mixedLength {
			t.Fatalf("%d bytes that read in %d ways", len(got), readings(got))
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r > '~' || r == '\n' || r == 0 }) {
			t.Fatalf("%q is not what the estimator takes", got)
		}
	})
	if got := readings(strings.Join(lookalikes[:], "")); got != 2*4*2*3*3*2*2 {
		t.Errorf("at worst %d ways", got)
	}
}

func TestAnExcerptKeepsWhatTheEstimatorReads(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"Correct horse, 1991!":            "Correct horse, 1991!",
		"Zoë Ångström ｆｕｌｌ":               "Zoe Angstrom full",
		"🔑🗝🔑":                             "\x01\x11\x01",
		"a\nb\x00c":                       "a\x01b\x11c",
		strings.Repeat("x", 65):           strings.Repeat("x", 64),
		strings.Repeat("4@({69!1$5+7", 6): strings.Repeat("4@({69!1$5+7", 6)[:32],
		strings.Repeat("4@({69!1$1 1", 6): strings.Repeat("4@({69!1$1 1", 6)[:64],
		strings.Repeat("1234567890", 7):   strings.Repeat("1234567890", 7)[:64],
	} {
		if got := excerpt(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestNoTextIsTooMuch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requireSaneVerdict(t, everything.Draw(t, "password"), rapid.SliceOf(everything).Draw(t, "known"))
	})
}

func FuzzJudge(f *testing.F) {
	for _, seed := range []string{"", "password", "p@ssw0rd 1991", "aaaabcabcabc", "пароль 🔑", "\xff\x00\n", "ﷺ\u0301"} {
		f.Add(seed, "known")
	}
	f.Fuzz(func(t *testing.T, password, known string) { requireSaneVerdict(t, password, []string{known, password}) })
}

func requireSaneVerdict(t interface{ Fatalf(string, ...any) }, password string, known []string) {
	v := Judge{}.Judge(domain.NewSecret(password), known)
	if v.Score < 0 || v.Score > 4 || !(v.GuessesLog10 >= 0 && v.GuessesLog10 < 400) || v.Score >= good && v.Warning != "" ||
		v.Score < good && len(v.Suggestions) == 0 {
		t.Fatalf("%q: %+v", password, v)
	}
	if v.Common && v.GuessesLog10 > 12 {
		t.Fatalf("%q is common and takes 10^%.1f guesses", password, v.GuessesLog10)
	}
}

// BenchmarkJudge has the longest text that the estimator ever gets, of each costly kind.
func BenchmarkJudge(b *testing.B) {
	for name, text := range map[string]string{
		"passphrase":          "correct horse battery staple",
		"every lookalike":     strings.Repeat("4@8({[</369&#!1/|0$5+7%2/", 41),
		"as many as are read": strings.Repeat("4@({69!1 $5 ", 86),
		"digits":              strings.Repeat("9031745268", 102),
		"two characters":      strings.Repeat("abbababbaab", 93),
		"one character":       strings.Repeat("a", 1024),
		"dates":               strings.Repeat("1/1/1991", 128),
		"emoji":               strings.Repeat("🔑🗝🌍", 85),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Judge{}.Judge(domain.NewSecret(text), []string{"owner@example.org", "owner"})
			}
		})
	}
}

func BenchmarkUnpackingTheList(b *testing.B) {
	for b.Loop() {
		unpack()
	}
	b.ReportAllocs()
}
