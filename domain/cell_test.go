package domain_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestACellThatCouldStartAFormulaIsGuarded(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "plain": "plain", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "=": "'=",
		"\t=1": "\t'=1", "\r=1": "\r'=1", "\n=1": "\n'=1", "\x00=1": "\x00'=1", " =1": " '=1",
		"\u00a0=1": "\u00a0'=1", "\ufeff=1": "\ufeff'=1", "\u200b=1": "\u200b'=1", "\"=1": "\"'=1",
		"Ann;=1+1": "Ann;'=1+1", "x; =1": "x; '=1", `x;"=1"`: `x;"'=1"`, "a\t=1": "a\t'=1", "a\n@b": "a\n'@b", "a|-1": "a|'-1",
		"a;b;=c;d;=e": "a;b;'=c;d;'=e", "a\u2028=1": "a\u2028'=1", "bot (compatible; +http://a.example)": "bot (compatible; '+http://a.example)",
		"＝1+1": "'＝1+1", "a;＋1": "a;'＋1", "－1": "'－1", "＠x": "'＠x", "﹦1": "'﹦1", "−1": "'−1",
		"'=1": "''=1", "''=1": "'''=1", "x;'=1": "x;''=1",
		"a=1": "a=1", "a,=1": "a,=1", "é=": "é=", "a@example.org": "a@example.org", "' =1": "' =1", "O'Hara-Smith": "O'Hara-Smith",
		"x; y": "x; y", "a;''": "a;''", "\xff=1": "\xff=1", "a;'\t=": "a;'\t'=",
	} {
		require.Equal(t, want, domain.GuardCell(text), "%q", text)
		require.Equal(t, text, domain.UnguardCell(want), "%q", want)
	}
	require.Equal(t, "=1", domain.UnguardCell("=1"), "written by another hand")
}

func FuzzGuardCell(f *testing.F) {
	f.Add("Ann;=1+1")
	f.Add("\n '＝\"x\"|\t'+\xff=")
	f.Fuzz(func(t *testing.T, text string) {
		guarded := domain.GuardCell(text)
		require.Equal(t, text, domain.UnguardCell(guarded))
		for _, cell := range strings.FieldsFunc(guarded, func(r rune) bool { return strings.ContainsRune(";|\t\r\n", r) }) {
			cell = strings.TrimLeftFunc(cell, func(r rune) bool { return r == '"' || unicode.IsSpace(r) || unicode.IsControl(r) })
			for _, start := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠"} {
				require.False(t, strings.HasPrefix(cell, start), "%q", guarded)
			}
		}
	})
}
