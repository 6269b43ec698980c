package conformance

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// PasswordJudge checks every promise of port.PasswordJudge.
func PasswordJudge(t *testing.T, open func(t *testing.T) port.PasswordJudge) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, port.PasswordJudge)
	}{
		{"recognizes common passwords in any letter case and encoding", judgeKnowsCommon},
		{"recognizes common passwords with a few characters added", judgeSeesThroughDecoration},
		{"does not call a password common because it contains a common one", judgeSparesPassphrases},
		{"scores a password higher that takes more guesses", judgeScores},
		{"scores a password lower that contains words of the account", judgeWeighsKnownWords},
		{"gives advice on weak passwords only", judgeAdvises},
		{"never repeats the password", judgeIsDiscreet},
		{"accepts any text", judgeTakesAnything},
		{"bounds its work", judgeIsBounded},
		{"gives the same opinion each time, also to many callers at once", judgeIsSteady},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
	}
}

func judged(j port.PasswordJudge, password string, known ...string) port.PasswordVerdict {
	return j.Judge(domain.NewSecret(password), known)
}

func judgeKnowsCommon(t *testing.T, j port.PasswordJudge) {
	for _, password := range []string{
		"password", "12345678", "qwertyuiop", "iloveyou", "sunshine", "password1", "1q2w3e4r5t", "changeme",
		"PASSWORD", "PassWord", "ｐａｓｓｗｏｒｄ", "Ｐassword１", "１２３４５６７８",
	} {
		if !judged(j, password).Common {
			t.Errorf("%q is not common", password)
		}
	}
}

func judgeSeesThroughDecoration(t *testing.T, j port.PasswordJudge) {
	for _, password := range []string{"password!", "Sunshine2026", "qwertyuiop12", "ILOVEYOU...", "password １２"} {
		if !judged(j, password).Common {
			t.Errorf("%q is not common", password)
		}
	}
}

func judgeSparesPassphrases(t *testing.T, j port.PasswordJudge) {
	for _, password := range []string{
		"", "correct horse battery staple", "password correct horse", "the sunshine of 1987!", "пароль из слов",
		"sunshine-monitor-42",
		"passwordpasswort", "🔑 sunshine 🗝 monitor", "sunshine12345678", "739184620571",
	} {
		if judged(j, password).Common {
			t.Errorf("%q is common", password)
		}
	}
}

func judgeScores(t *testing.T, j port.PasswordJudge) {
	ascending := []string{"password", "Password12!7", "twelve chars", "correct horse battery staple"}
	verdicts := make([]port.PasswordVerdict, len(ascending))
	for i, password := range ascending {
		verdicts[i] = judged(j, password)
	}
	if !slices.IsSortedFunc(verdicts, func(a, b port.PasswordVerdict) int { return a.Score - b.Score }) {
		t.Errorf("the scores do not ascend: %+v", verdicts)
	}
	for i := range verdicts[1:] {
		if verdicts[i].GuessesLog10 >= verdicts[i+1].GuessesLog10 {
			t.Errorf("the guesses do not ascend: %+v", verdicts)
		}
	}
	if low, high := verdicts[0].Score, verdicts[len(verdicts)-1].Score; low != 0 || high != 4 {
		t.Errorf("scores from %d to %d, want 0 to 4", low, high)
	}
	for _, password := range []string{"aaaaaaaaaaaa", "🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑", "éééééééééééé",
		"abcdefghijkl", "            "} {
		if score := judged(j, password).Score; score > 1 {
			t.Errorf("%q scores %d", password, score)
		}
	}
	for _, password := range []string{"пароль из разных слов", "🔑李🗝é🌍ñ🚲ß🎈ø🍋ł",
		"しろいねこがふたつ"} {
		if score := judged(j, password).Score; score < 3 {
			t.Errorf("%q scores %d", password, score)
		}
	}
}

func judgeWeighsKnownWords(t *testing.T, j port.PasswordJudge) {
	const password = "Zbigniewski-Trandafir"
	stranger, known := judged(j, password), judged(j, password, "zbigniewski", "Trandafir")
	if known.GuessesLog10 >= stranger.GuessesLog10 || known.Score >= stranger.Score {
		t.Errorf("known %+v, unknown %+v", known, stranger)
	}
}

func judgeAdvises(t *testing.T, j port.PasswordJudge) {
	for _, password := range []string{"password", "abcdefghijkl", "aaaaaaaaaaaa", "p@ssw0rd", "1991-10-12", "drowssap", "zxcvbnm,./"} {
		if v := judged(j, password); v.Warning == "" || len(v.Suggestions) == 0 {
			t.Errorf("%q: %+v", password, v)
		}
	}
	if v := judged(j, "correct horse battery staple"); v.Warning != "" || len(v.Suggestions) > 0 {
		t.Errorf("a good password: %+v", v)
	}
}

func judgeIsDiscreet(t *testing.T, j port.PasswordJudge) {
	for _, password := range []string{"hunter22", "trustno1", "xyzzyxyzzy", "monkey77", "Zbigniewski1"} {
		v := judged(j, password, "zbigniewski")
		said := strings.ToLower(v.Warning + strings.Join(v.Suggestions, " "))
		for _, part := range []string{password, "hunter", "trustno", "xyzzy", "monkey", "zbigniewski"} {
			if strings.Contains(said, strings.ToLower(part)) {
				t.Errorf("%q: %s", password, said)
			}
		}
	}
}

func judgeTakesAnything(t *testing.T, j port.PasswordJudge) {
	for _, text := range []string{
		"", " ", "\x00", "\xff\xfe", "a\xed\xa0\x80b", "\u0301\u0301\u0301", "\n\n\n\nabc\n", "\u200d\ufeff",
		"👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "ﷺﷺﷺﷺ", "각각각각",
	} {
		v := judged(j, text, text, "", "x")
		if v.Score < 0 || v.Score > 4 || v.GuessesLog10 < 0 {
			t.Errorf("%q: %+v", text, v)
		}
	}
}

// judgeIsBounded times out if the judge reads the whole of a long text.
func judgeIsBounded(t *testing.T, j port.PasswordJudge) {
	for _, piece := range []string{"a", "ab", "correct horse ", "4@8({[</369&#!1/|0$5+7%2/", "🔑🗝", "a\u0301\u0300", "1/1/1991",
		"password"} {
		text := strings.Repeat(piece, 1<<20/len(piece))
		judged(j, text, text, text)
	}
}

func judgeIsSteady(t *testing.T, j port.PasswordJudge) {
	const password = "Monkey and 1991-10-12"
	want := judged(j, password, "monkey")
	mustAllSucceed(t, crowd(8, func(int) error {
		for range 5 {
			if got := judged(j, password, "monkey"); !reflect.DeepEqual(got, want) {
				return fmt.Errorf("got %+v, want %+v", got, want)
			}
		}
		return nil
	}))
}
