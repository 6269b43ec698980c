package mail

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
)

// languages returns the languages that emails are written in.
func languages(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// TestEmailsAndPagesHaveTheSameLanguages: the setting default_locale is for both.
func TestEmailsAndPagesHaveTheSameLanguages(t *testing.T) {
	require.Equal(t, languages(t, "../web/locale/texts"), languages(t, "texts"))
}

var placeholder = regexp.MustCompile(`\$\{[a-z]+\}`)

func TestEveryLanguageHasEveryEmailWithTheSameValues(t *testing.T) {
	files, err := filepath.Glob("texts/" + fallback + "/*.txt")
	require.NoError(t, err)
	require.Greater(t, len(files), 10)
	for _, language := range languages(t, "texts") {
		own, err := filepath.Glob("texts/" + language + "/*.txt")
		require.NoError(t, err)
		require.Len(t, own, len(files), language)
		for _, file := range files {
			name := filepath.Base(file)
			if name == "words.txt" {
				continue
			}
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			translated, err := os.ReadFile(filepath.Join("texts", language, name))
			require.NoError(t, err)
			want, got := placeholder.FindAllString(string(source), -1), placeholder.FindAllString(string(translated), -1)
			slices.Sort(want)
			slices.Sort(got)
			require.Equal(t, slices.Compact(want), slices.Compact(got), "texts/%s/%s", language, name)
			if language != fallback {
				require.NotEqual(t, string(source), string(translated), name)
			}
			if name == "where.txt" {
				continue
			}
			paragraphs := strings.Count(string(source), "\n\n")
			require.Equal(t, paragraphs, strings.Count(string(translated), "\n\n"), "paragraphs of texts/%s/%s", language, name)
			subject, _, _ := strings.Cut(string(translated), "\n\n")
			require.NotContains(t, subject, "\n", "the subject of texts/%s/%s", language, name)
		}
	}
}

func read(t *testing.T, language string) words {
	t.Helper()
	raw, err := os.ReadFile("texts/" + language + "/words.txt")
	require.NoError(t, err)
	return wordsOf(string(raw))
}

func TestEveryLanguageWritesTimes(t *testing.T) {
	for _, language := range languages(t, "texts") {
		w := read(t, language)
		require.Len(t, w.months, 12, language)
		for month := time.January; month <= time.December; month++ {
			written := w.inWords(time.Date(2026, month, 7, 16, 5, 0, 0, time.FixedZone("", 3600)))
			for _, part := range []string{"7", w.months[month-1], "2026", "15:05", "UTC"} {
				require.Contains(t, written, part, language)
			}
		}
	}
}

// phrases returns the phrases in the values of emails: those that use cases give as the change of a factor, and those
// that the functions for guesses and passkeys return.
func phrases(t *testing.T) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir("../../application", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		constants := map[string]string{}
		ast.Inspect(tree, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.ValueSpec:
				if len(n.Names) == 1 && len(n.Values) == 1 {
					constants[n.Names[0].Name] = text(n.Values[0])
				}
			case *ast.KeyValueExpr:
				name, ok := n.Key.(*ast.Ident)
				if !ok || name.Name != "Change" {
					break
				}
				phrase := text(n.Value)
				if constant, ok := n.Value.(*ast.Ident); ok {
					phrase = constants[constant.Name]
				}
				require.NotEmpty(t, phrase, "%s: the change is no constant text", file)
				found = append(found, phrase)
			case *ast.FuncDecl:
				if n.Name.Name == "wrong" && filepath.Base(file) == "guess.go" {
					ast.Inspect(n, func(inner ast.Node) bool {
						if result, ok := inner.(*ast.ReturnStmt); ok {
							found = append(found, text(result.Results[0]))
						}
						return true
					})
				}
			}
			return true
		})
		return nil
	}))
	require.GreaterOrEqual(t, len(found), 6)
	return append(found, "a passkey", `the passkey "Laptop"`, "Firefox on Linux", "an unknown browser")
}

func text(e ast.Expr) string {
	if literal, ok := e.(*ast.BasicLit); ok {
		value, _ := strconv.Unquote(literal.Value)
		return value
	}
	return ""
}

func TestEveryLanguageTranslatesThePhrasesInValues(t *testing.T) {
	for _, language := range languages(t, "texts") {
		w := read(t, language)
		for _, phrase := range phrases(t) {
			if language == fallback {
				require.Equal(t, phrase, w.phrase(phrase))
			} else {
				require.NotEqual(t, phrase, w.phrase(phrase), "texts/%s/words.txt lacks a phrase", language)
			}
		}
	}
	require.Equal(t, `der Passkey „Laptop on Linux“`, read(t, "de").phrase(`the passkey "Laptop on Linux"`))
	require.Equal(t, `der Passkey „${link}“`, read(t, "de").phrase(`the passkey "${link}"`))
	require.Equal(t, "Firefox unter macOS", read(t, "de").phrase("Firefox on macOS"))
}

func TestPhrasesAreTranslatedInEmails(t *testing.T) {
	m, err := write(port.Mail{
		Kind: "mfa_changed", Locale: "de-AT", Browser: "Firefox on Linux",
		Details: map[string]string{"change": "an authenticator app was enrolled"},
	})
	require.NoError(t, err)
	require.Contains(t, m.text, "eine Authenticator-App wurde eingerichtet")
	require.Contains(t, m.text, "Browser: Firefox unter Linux")
}
