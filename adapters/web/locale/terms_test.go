package locale

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// parsed is the Go files of the domain and the use cases by their paths.
var parsed = sync.OnceValues(func() (map[string]*ast.File, error) {
	files := map[string]*ast.File{}
	for _, root := range []string{"../../../domain", "../../../application", "../../zxcvbn"} {
		err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
				return err
			}
			files[file], err = parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
})

func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files, err := parsed()
	require.NoError(t, err)
	require.Greater(t, len(files), 100)
	return files
}

// literalText returns the string of a literal, or nothing for another expression.
func literalText(e ast.Expr) string {
	if basic, ok := e.(*ast.BasicLit); ok && basic.Kind == token.STRING {
		text, _ := strconv.Unquote(basic.Value)
		return text
	}
	return ""
}

// constants returns the values of the constants of the types, by the name of the type.
func constants(t *testing.T, types ...string) (values []string) {
	t.Helper()
	for _, file := range sources(t) {
		ast.Inspect(file, func(node ast.Node) bool {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || spec.Type == nil || len(spec.Values) != 1 {
				return true
			}
			if name, ok := spec.Type.(*ast.Ident); ok && slices.Contains(types, name.Name) {
				values = append(values, literalText(spec.Values[0]))
			}
			return true
		})
	}
	require.NotEmpty(t, values)
	return values
}

func words[T ~string](values []T) (words []string) {
	for _, value := range values {
		words = append(words, string(value))
	}
	return words
}

func withHelp(names []string) []string {
	for _, name := range slices.Clone(names) {
		names = append(names, name+".help")
	}
	return names
}

func settingNames() (names []string) {
	for _, setting := range domain.Settings() {
		names = append(names, setting.Name)
	}
	return names
}

func choices() (words []string) {
	for _, setting := range domain.Settings() {
		if choice, ok := setting.Value.(domain.Choice); ok {
			for _, word := range choice.Words {
				words = append(words, setting.Name+"."+word)
			}
		}
	}
	return words
}

// eventNames returns the names of audit events, without the one that stands for all of them.
func eventNames(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(constants(t, "EventName"), func(name string) bool { return name == string(domain.AllEvents) })
}

// terms returns the names that each area of terms must have.
func terms(t *testing.T) map[string][]string {
	t.Helper()
	return map[string][]string{
		"permission": withHelp(words(domain.Permissions())),
		"action":     words(domain.Actions()),
		"event":      eventNames(t),
		"detail":     detailNames(t),
		"resource":   resourceTypes(t),
		"setting":    withHelp(settingNames()),
		"choice":     choices(),
		"role":       withHelp(domain.SystemRoles()),
		"status":     constants(t, "Status"),
		"factor":     constants(t, "FactorKind"),
		"amr":        constants(t, "AMR"),
		"reason":     append(constants(t, "EndReason", "DeviceEnd"), "inactive"),
		"decision":   words(domain.DecisionKinds()),
		"outcome":    constants(t, "SignInOutcome", "SessionOutcome", "KeyOutcome", "ActionVerdict", "Grant", "Outcome"),
		"fact":       factNames(t),
		"device":     append(slices.DeleteFunc(constants(t, "DeviceVerdict"), func(v string) bool { return v == "" }), "none"),
		"by":         {domain.ReachProof.By(), domain.ReachOrg.By(), domain.ReachService.By()},
		"row":        constants(t, "RowStatus"),
		"delivery":   constants(t, "DeliveryStatus"),
		"fault":      constants(t, "DeliveryFault"),
		"column":     {"row", "email", "full_name", "roles"},
	}
}

func TestEveryTermOfTheDomainHasAText(t *testing.T) {
	for area, names := range terms(t) {
		var want, got []string
		for _, name := range names {
			want = append(want, area+"."+name)
		}
		for key := range english(t).texts {
			if strings.HasPrefix(key, area+".") {
				got = append(got, key)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		require.Equal(t, slices.Compact(want), got)
	}
}

var factName = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)*$`)

// factNames returns the names of facts and deciders: the words in the files of decisions, besides constants and the names
// of settings.
func factNames(t *testing.T) []string {
	t.Helper()
	names, settings := []string{domain.ServiceSessionTimeout, domain.ServiceSessionLifetime, domain.ServiceAttemptLimit}, settingNames()
	for file, tree := range sources(t) {
		name := filepath.Base(file)
		if !strings.HasPrefix(name, "decide_") && name != "decision_questions.go" && name != "rule.go" && name != "policy.go" {
			continue
		}
		ast.Inspect(tree, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.GenDecl:
				return n.Tok == token.VAR
			case *ast.BasicLit:
				if word := literalText(n); factName.MatchString(word) && !slices.Contains(settings, word) {
					names = append(names, word)
				}
			}
			return true
		})
	}
	return names
}

// detailNames returns the names of the details of audit events.
func detailNames(t *testing.T) []string {
	t.Helper()
	names := map[string]bool{}
	for _, file := range sources(t) {
		ast.Inspect(file, func(node ast.Node) bool {
			switch n := node.(type) {
			case *ast.CompositeLit:
				if isDetails(n.Type) {
					addKeys(names, n)
				}
			case *ast.CallExpr:
				if name, ok := n.Fun.(*ast.Ident); ok && name.Name == "differences" {
					addKeys(names, n.Args[0].(*ast.CompositeLit))
				}
			case *ast.FuncDecl: // Expiry.Details
				if n.Name.Name == "Details" {
					ast.Inspect(n, func(inner ast.Node) bool {
						if literal, ok := inner.(*ast.CompositeLit); ok {
							addKeys(names, literal)
						}
						return true
					})
				}
			case *ast.IndexExpr:
				if target, ok := n.X.(*ast.Ident); ok && target.Name == "details" {
					names[literalText(n.Index)] = true
				}
				if target, ok := n.X.(*ast.SelectorExpr); ok && target.Sel.Name == "Details" {
					names[literalText(n.Index)] = true
				}
			}
			return true
		})
	}
	delete(names, "")
	return slices.Collect(maps.Keys(names))
}

func isDetails(of ast.Expr) bool {
	switch n := of.(type) {
	case *ast.Ident:
		return n.Name == "Details"
	case *ast.SelectorExpr:
		return n.Sel.Name == "Details"
	}
	return false
}

func addKeys(names map[string]bool, literal *ast.CompositeLit) {
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			names[literalText(pair.Key)] = true
		}
	}
}

// resourceTypes returns the types in the functions that return a resource.
func resourceTypes(t *testing.T) (types []string) {
	t.Helper()
	for _, file := range sources(t) {
		ast.Inspect(file, func(node ast.Node) bool {
			literal, ok := node.(*ast.CompositeLit)
			if !ok || len(literal.Elts) == 0 {
				return true
			}
			if name, ok := literal.Type.(*ast.Ident); ok && name.Name == "Resource" {
				first := literal.Elts[0]
				if pair, ok := first.(*ast.KeyValueExpr); ok {
					first = pair.Value
				}
				if text := literalText(first); text != "" {
					types = append(types, text)
				}
			}
			return true
		})
	}
	return types
}
