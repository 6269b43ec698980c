package locale

import (
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// withoutPages are the files, or the folders of files, whose texts no page shows: operation of the service, verification
// of the audit log by command, moves and imports of files of other systems (by command, or by programs), and what
// settings.json and permission.json say for people.
var withoutPages = []string{
	"application/mail", "application/operations/backup.go", "application/operations/canary.go",
	"application/operations/restore.go", "application/port", "application/webhooks/deliver.go", "application/audit/verify.go",
	"application/audit/check_newest.go",
	"application/platform/org_creator.go", "application/operations/move", "application/orgtransfer", "application/earlier",
	"application/members/account_file.go", "application/members/row_rules.go", "domain/imported_", "domain/read_hash.go",
	"domain/weak_until.go",
	"domain/chain.go", "domain/event_hash.go", "domain/seal.go", "domain/permission.go",
}

// notShown are texts that no page shows as they are: parts of emails, of keys and of other texts, and causes in the log.
var notShown = []string{
	"hole -> hole", "hole: hole", "hole hole", "true or false", "a list of actions", "a language tag such as en or pt-BR",
	"from hole to hole", "0 or hole", "hole or hole",
	"a passkey", `the passkey "hole"`, "codes or passkey answers", "an authenticator app was enrolled",
	"all second factors and passkeys were removed", "an administrator removed all second factors and passkeys",
	"new recovery codes were made; the old ones are void", "the data of a pending passkey cannot be read",
}

// ofOperators are messages that only commands of the operator show.
var ofOperators = []string{
	"This key signs tokens now. Rotate to another key and wait until that one signs, then retire this one.",
	"Tokens that this key signed are still valid.", "Processes that are configured for the algorithm of this key sign with it.",
	"There is no such key in use.",
}

// declared are the members of a declaration of a setting that setting.json says for people.
var declared = []string{"Purpose", "OnChange"}

const hole = "hole"

var verb = regexp.MustCompile(`%[a-z]`)

// shownText returns the text of an expression, with a hole for each value that only a run knows.
func shownText(e ast.Expr) (text string, found bool) {
	switch n := e.(type) {
	case *ast.BasicLit:
		return verb.ReplaceAllString(literalText(n), hole), n.Kind == token.STRING
	case *ast.BinaryExpr:
		left, leftFound := shownText(n.X)
		right, rightFound := shownText(n.Y)
		if n.Op != token.ADD || !leftFound && !rightFound {
			return "", false
		}
		if !leftFound {
			left = hole
		}
		if !rightFound {
			right = hole
		}
		return left + right, true
	}
	return "", false
}

// shownTexts returns every text of several words in a file, besides imports and purposes of settings.
func shownTexts(file *ast.File) (texts []string) {
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.KeyValueExpr:
			name, ok := n.Key.(*ast.Ident)
			return !ok || !slices.Contains(declared, name.Name)
		case ast.Expr:
			text, found := shownText(n)
			if found && strings.Contains(strings.TrimSpace(text), " ") {
				texts = append(texts, text)
			}
			return !found
		}
		return true
	})
	return texts
}

// messages returns every text that the domain, the use cases or the judge of passwords can show, with its file.
func messages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for file, tree := range sources(t) {
		short := strings.TrimPrefix(filepath.ToSlash(file), "../../../")
		if slices.ContainsFunc(withoutPages, func(part string) bool { return strings.HasPrefix(short, part) }) {
			continue
		}
		for _, text := range shownTexts(tree) {
			if !slices.Contains(notShown, text) && !slices.Contains(ofOperators, text) {
				found[text] = short
			}
		}
	}
	require.Greater(t, len(found), 200)
	maps.Copy(found, messagesOfPages(t))
	return found
}

// ofPages finds the messages that the pages themselves give errors of the domain.
var ofPages = regexp.MustCompile(`(?:domain\.Invalid\("[^"]*", |Message: *)"([^"]+)"`)

// messagesOfPages returns every message that the pages give an error of the domain, with its file.
func messagesOfPages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir("..", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		source, err := os.ReadFile(file)
		for _, message := range ofPages.FindAllStringSubmatch(string(source), -1) {
			found[message[1]] = file
		}
		return err
	}))
	require.Contains(t, found, "Something went wrong on our side. Try again.")
	return found
}

// fits reports whether the key of an entry is for a text: the same, with values or one of its possible values in the
// holes.
func fits(key, text string) bool {
	parsed := parseTemplate(key)
	if normal := (template{parts: parsed.parts}).withHoles(key); normal == text {
		return true
	}
	general := parseTemplate(strings.ReplaceAll(text, hole, "{value}"))
	if general.parts == nil {
		return false
	}
	_, matches := general.match(key)
	return matches
}

func (t template) withHoles(whole string) string {
	for _, name := range t.names() {
		whole = strings.ReplaceAll(whole, "{"+name+"}", hole)
	}
	return whole
}

// entries returns the English messages that a language has a text for.
func (l *Language) entries() map[string]text {
	all := map[string]text{}
	for key, text := range l.messages {
		all[key] = text
	}
	for _, p := range l.patterns {
		all[p.english.whole] = p.text
	}
	return all
}

func TestEveryMessageIsTranslated(t *testing.T) {
	for _, l := range Languages()[1:] {
		translated := slices.Collect(maps.Keys(l.entries()))
		for text, file := range messages(t) {
			if !slices.ContainsFunc(translated, func(key string) bool { return fits(key, text) }) {
				t.Errorf("texts/%s/errors.json lacks this message of %s: %q", l.Tag(), file, text)
			}
		}
	}
}

func TestEveryTranslatedMessageExists(t *testing.T) {
	found := slices.Collect(maps.Keys(messages(t)))
	for _, l := range Languages() {
		for key := range l.entries() {
			if !slices.ContainsFunc(found, func(text string) bool { return fits(key, text) }) {
				t.Errorf("texts/%s/errors.json: there is no such message: %q", l.Tag(), key)
			}
		}
	}
}

func TestTranslatedMessagesHaveNoOtherValues(t *testing.T) {
	for _, l := range Languages() {
		for key, text := range l.entries() {
			require.Subset(t, parseTemplate(key).names(), text.names(), "texts/%s: %q", l.Tag(), key)
		}
		for key := range english(t).entries() {
			require.Contains(t, l.entries(), key, "texts/%s", l.Tag())
		}
	}
}

// TestFaultsOfSettingsAreTranslated shows every setting a value that is out of its bounds.
func TestFaultsOfSettingsAreTranslated(t *testing.T) {
	var wrong domain.OrgSettings
	for _, setting := range domain.Settings() {
		switch value := setting.Value.Pointer(&wrong).(type) {
		case *int:
			*value = -1
		case *string:
			*value = "no such word"
		case *[]domain.Action:
			*value = []domain.Action{"none"}
		}
	}
	fault := new(domain.Error)
	require.ErrorAs(t, wrong.Check(domain.ServerLimits{}), &fault)
	require.GreaterOrEqual(t, len(fault.Fields), 7)
	for _, field := range fault.Fields {
		require.NotEqual(t, field.Message, german(t).Message(field.Message), field.Field)
		require.NotEqual(t, field.Message, english(t).Message(field.Message), field.Field)
	}
}

// TestChangesOfDecisionsAreTranslated looks at the texts that are made of several parts.
func TestChangesOfDecisionsAreTranslated(t *testing.T) {
	var questions []domain.Question
	for _, permission := range domain.Permissions() {
		questions = append(questions, &domain.PermissionFacts{Permission: permission})
	}
	for _, setting := range domain.Settings() {
		if _, isSwitch := setting.Value.(domain.Switch); isSwitch && strings.HasPrefix(setting.Name, "allow_") {
			for _, allowed := range []bool{false, true} {
				questions = append(questions, &domain.AllowanceFacts{Setting: setting.Name, Allowed: allowed})
			}
		}
	}
	questions = append(questions, &domain.SignInFacts{Enrolled: true}, &domain.SessionFacts{})
	questions = append(questions, &domain.RankFacts{}, &domain.RankFacts{Missing: 1})
	for _, question := range questions {
		for _, policy := range []domain.Policy{{}, {PhishingResistant: domain.CoverageEveryone}} {
			decision := domain.Decision{Question: question, Policy: policy}
			for _, change := range decision.Changes() {
				require.NotEqual(t, change.What, german(t).Message(change.What))
			}
			for _, reason := range decision.Ruling().Reasons {
				require.NotEqual(t, reason.Rule, german(t).Message(reason.Rule))
			}
		}
	}
}

func TestAdviceOnPasswordsIsTranslated(t *testing.T) {
	for _, c := range []struct{ english, want string }{
		{"must have at least 12 characters: several words together are easy to remember", "mindestens 12 Zeichen. Mehrere Wörter"},
		{"must not consist mainly of the person's name: add words that have nothing to do with it", "aus dem Namen der Person"},
		{"must be harder to guess: This is a common password. Avoid sequences.", "Das ist ein gängiges Passwort. Vermeiden Sie Folgen."},
		{"must be harder to guess: choose a longer one", "zu erraten. Wählen Sie ein längeres."},
	} {
		require.Contains(t, german(t).Message(c.english), c.want)
	}
}
