package documents

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// generated are the parts of documents that are written by what the code says, by the name in
// "<!-- generated: NAME -->". Each part ends with "<!-- end -->".
var generated = map[string]func(t *testing.T) string{
	"error codes": errorCodes,
	"actions":     actions,
	"permissions": permissions,
	"settings":    settings,
	"imports":     imports,
	"figures":     figures,
	"memory":      memory,
	"mixed run":   mixedRun,
	"capacity":    capacity,
	"disk":        disk,
	"sizes":       workedSizes,

	"earlier permissions": earlierPermissions,
	"earlier actions":     earlierActions,
}

var generatedPart = regexp.MustCompile(`(?s)(<!-- generated: ([\w -]+) -->\n)(.*?)(<!-- end -->)`)

// TestGeneratedDocumentPartsEqualTheCode compares the generated parts with the code. UPDATE=1 writes them instead.
func TestGeneratedDocumentPartsEqualTheCode(t *testing.T) {
	written := map[string]bool{}
	for _, d := range readAll(t) {
		path := filepath.Join(root, d.path)
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		fresh := generatedPart.ReplaceAllStringFunc(string(raw), func(part string) string {
			found := generatedPart.FindStringSubmatch(part)
			require.Contains(t, generated, found[2], d.path)
			written[found[2]] = true
			return found[1] + generated[found[2]](t) + found[4]
		})
		if os.Getenv("UPDATE") != "" {
			require.NoError(t, os.WriteFile(path, []byte(fresh), 0o644))
			continue
		}
		require.Equal(t, fresh, string(raw), "%s is out of date: run UPDATE=1 go test ./test/documents -run Generated", d.path)
	}
	for name := range generated {
		require.True(t, written[name], "no document has the part %q", name)
	}
}

// errorCodes lists every code with its status and the messages that come with it.
func errorCodes(t *testing.T) string {
	statuses, messages := openAPI(t).statuses(t), errorMessages(t)
	var b strings.Builder
	b.WriteString("| code | status | messages |\n|---|---|---|\n")
	for _, code := range domain.Codes() {
		status := "-"
		if statuses[string(code)] != 0 {
			status = strconv.Itoa(statuses[string(code)])
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", code, status, cell(strings.Join(messages[code], "<br>")))
	}
	return b.String()
}

// statuses is the status of each code, by the OpenAPI document.
func (c contract) statuses(t *testing.T) map[string]int {
	t.Helper()
	statuses := map[string]int{}
	for path, methods := range c.Paths {
		if strings.HasPrefix(path, "/oauth2/") {
			continue // they answer with the codes of RFC 6749
		}
		for _, route := range methods {
			for status, response := range route.Responses {
				number, _ := strconv.Atoi(status)
				for _, code := range c.Components.Responses[strings.TrimPrefix(response.Ref, "#/components/responses/")].Codes {
					if code != string(domain.CodeBadRequest) || number == 400 { // the framework uses it for others, too
						require.Contains(t, []int{0, number}, statuses[code], code)
						statuses[code] = number
					}
				}
			}
		}
	}
	return statuses
}

// actions lists every action with the routes that it guards.
func actions(t *testing.T) string {
	guarded := map[string][]string{}
	for path, methods := range openAPI(t).Paths {
		for method, route := range methods {
			guarded[route.StepUp] = append(guarded[route.StepUp], "`"+strings.ToUpper(method)+" "+strings.TrimPrefix(path, "/api/v1")+"`")
		}
	}
	var b strings.Builder
	b.WriteString("| action | guarded | routes |\n|---|---|---|\n")
	for _, action := range domain.Actions() {
		when, routes := "if the org lists it", guarded[string(action)]
		if action.AlwaysGuarded() {
			when = "always"
		}
		slices.Sort(routes)
		if routes == nil {
			routes = []string{"-"}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", action, when, strings.Join(routes, "<br>"))
	}
	return b.String()
}

// permissions lists every permission with its meaning.
func permissions(*testing.T) string {
	var b strings.Builder
	b.WriteString("| permission | allows to | sensitive |\n|---|---|---|\n")
	for _, permission := range domain.Permissions() {
		sensitive := ""
		if permission.Sensitive() {
			sensitive = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", permission, cell(permission.Meaning()), sensitive)
	}
	return b.String()
}

// settings lists every setting of an org, as a server with the default configuration has it.
func settings(*testing.T) string {
	limits := domain.ServerLimits{SessionTimeout: 30 * time.Minute, PasswordMinLength: 12}
	defaults := domain.DefaultOrgSettings(limits, time.Time{})
	var b strings.Builder
	b.WriteString("| setting | default | accepted | read by | meaning |\n|---|---|---|---|---|\n")
	for _, s := range domain.Settings() {
		readers := "`org_settings.read`"
		if s.Public {
			readers = "every member"
		}
		meaning := strings.TrimSpace(s.Purpose + " " + s.OnChange)
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s | %s |\n", s.Name, s.Value.Display(defaults), s.Value.Bounds(limits), readers, cell(meaning))
	}
	return b.String()
}

func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }

// sorted returns the keys of a set.
func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
