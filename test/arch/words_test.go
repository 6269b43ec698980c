package arch

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// protocolWords are words of a transport or of an operator's shell. The domain and the use cases
// say what is wrong in the words of their own field; each adapter adds where that is in its
// protocol and which of its calls, headers or commands helps.
var protocolWords = []struct {
	pattern *regexp.Regexp
	what    string
}{
	{regexp.MustCompile(`\b(body|query|path|header)\.[a-z{%][a-z_]*|^(body|query|path|header)\.$`), "a part of an HTTP request"},
	{regexp.MustCompile(`\b(GET|HEAD|POST|PUT|PATCH|DELETE)\b`), "an HTTP method"},
	{
		regexp.MustCompile(`\b(If-Match|ETag|Retry-After|Authorization|Bearer|Content-Type|Set-Cookie|X-[A-Z][A-Za-z-]+)\b`),
		"an HTTP header",
	},
	{regexp.MustCompile(`(^|[\s("'` + "`" + `])/[a-z][a-z_/{}-]*`), "a URL path"},
	{regexp.MustCompile(`https?://`), "a URL"},
	{regexp.MustCompile(`\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b`), "an environment variable"},
	{
		regexp.MustCompile("`sole |\\bsole (audit (verify|export)|backup|dev|doctor|explain|keys|migrate|recover|restore|secrets|serve)\\b"),
		"a command",
	},
	{regexp.MustCompile(`(^|\s)--[a-z]`), "a flag of a command"},
}

// protocolFaults returns the protocol words in string literals of the domain and the use cases, and
// in comments of the domain. It also returns struct tags of the domain: formats belong to adapters.
func protocolFaults(f goFile) (faults []string) {
	inDomain := strings.HasPrefix(f.path, "domain/")
	if f.isTest() || !inDomain && !strings.HasPrefix(f.path, "application/") {
		return nil
	}
	report := func(at token.Pos, where, text string) {
		for _, word := range protocolWords {
			if found := strings.TrimSpace(word.pattern.FindString(text)); found != "" {
				faults = append(faults, f.fault(at,
					"%s names %s (%s): name the member or the cause only, the adapter adds the rest", where, word.what, found))
			}
		}
	}
	ast.Inspect(f.syntax, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			if inDomain && n.Tag != nil {
				faults = append(faults, f.fault(n.Tag.Pos(), "a struct tag: formats belong to adapters"))
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				report(n.Pos(), "a text", strings.Trim(n.Value, "`\""))
			}
		}
		return true
	})
	if inDomain {
		for _, group := range f.syntax.Comments {
			report(group.Pos(), "a comment", group.Text())
		}
	}
	return faults
}

func TestTheCoreHasNoProtocolWords(t *testing.T) {
	for _, file := range tree(t) {
		for _, fault := range protocolFaults(file) {
			t.Error(fault)
		}
	}
}

func TestProtocolWordsAreReported(t *testing.T) {
	for _, text := range []string{
		`"body.email"`, `"query.{member}"`, `"body.%s"`, `"query."`, `"Use POST here."`, `"Retry with the new ETag."`, `"Send X-Step-Up-Token."`,
		`"see /me/mfa"`, `"/reset-password#token="`, `"at https://example.org"`, `"raise SESSION_TIMEOUT_MINUTES"`,
		"\"run `sole doctor`\"", `"sole recover"`, `"end them with --force"`,
	} {
		for _, folder := range []string{"domain", "application/auth"} {
			planted := plant(t, map[string]string{folder + "/x.go": "package x\n\nvar text = " + text + "\n"})
			if faults := protocolFaults(planted[0]); len(faults) != 1 || !strings.Contains(faults[0], "/x.go:3: a text names") {
				t.Errorf("%s in %s: want one fault, got %q", text, folder, faults)
			}
		}
	}
	for file, text := range map[string]string{
		"domain/comment.go": "package x\n\n// F answers GET.\nfunc F() {}\n",
		"domain/tag.go":     "package x\n\ntype t struct {\n\tA string `json:\"a\"`\n}\n",
	} {
		planted := plant(t, map[string]string{file: text})
		if faults := protocolFaults(planted[0]); len(faults) != 1 {
			t.Errorf("%s: want one fault, got %q", file, faults)
		}
	}
}

func TestWordsOfTheDomainAreNotReported(t *testing.T) {
	for file, text := range map[string]string{
		"domain/mail.go":        `"must be an email address such as name@example.org"`,
		"domain/file.go":        `"image/png"`,
		"domain/hash.go":        `"sole audit event 1"`,
		"domain/setting.go":     `"session_timeout_minutes"`,
		"domain/x_test.go":      `"body.email"`,
		"adapters/http/body.go": `"body.email"`,
	} {
		planted := plant(t, map[string]string{file: "package x\n\nvar text = " + text + "\n"})
		if faults := protocolFaults(planted[0]); len(faults) != 0 {
			t.Errorf("%s: want no fault, got %q", file, faults)
		}
	}
}
