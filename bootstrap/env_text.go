package bootstrap

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// assignment is a line that sets a key: what stands before the value, the key, the value with
// the blanks before it and whatever follows it.
var assignment = regexp.MustCompile(`(?m)^([ \t]*(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*(?:=|:[ \t]))([^\n]*)$`)

// comment begins at a # after a blank, as in a shell, Compose and other readers of such files.
var comment = regexp.MustCompile(`[ \t]#`)

// reference is a variable that the reader replaces: one in capitals after a $ without a backslash.
var reference = regexp.MustCompile(`(^|[^\\])\$\{?([A-Z0-9_]+)`)

// keepHashes puts unquoted values that contain a # into single quotes, because the reader of
// env files begins a comment at any #. Only a # after a blank begins one here.
func keepHashes(text string) string {
	return assignment.ReplaceAllStringFunc(text, func(line string) string {
		parts := assignment.FindStringSubmatch(line)
		value := uncommented(parts[3])
		if quoted(value) || !strings.Contains(value, "#") || strings.Contains(value, "'") {
			return line
		}
		return parts[1] + "'" + value + "'"
	})
}

// checkEnvText lists the settings of which the reader would lose a part without a word.
func checkEnvText(text string) (faults []string) {
	set := map[string]bool{}
	for _, parts := range assignment.FindAllStringSubmatch(text, -1) {
		key, rest := strings.ToUpper(parts[2]), parts[3]
		value := uncommented(rest)
		switch {
		case !isSetting(key) && !isSecret(key) || strings.HasPrefix(value, "'"):
		case isSecret(key) && !quoted(value) && comment.MatchString(rest):
			faults = append(faults, fmt.Sprintf("%s: put the value in single quotes if the # belongs to it, or else the comment on a line of its own", key))
		case !quoted(value) && strings.Contains(value, "#") && strings.Contains(value, "'"):
			faults = append(faults, fmt.Sprintf("%s: put the value in double quotes, it contains # and '", key))
		case refersToNothing(value, set):
			faults = append(faults, fmt.Sprintf("%s: put the value in single quotes, its $ begins the name of a variable that is not set", key))
		}
		set[parts[2]] = true
	}
	return faults
}

func uncommented(rest string) string {
	if at := comment.FindStringIndex(rest); at != nil && !quoted(strings.TrimSpace(rest)) {
		rest = rest[:at[0]]
	}
	return strings.TrimSpace(rest)
}

func quoted(value string) bool {
	return strings.HasPrefix(value, "'") || strings.HasPrefix(value, `"`)
}

func refersToNothing(value string, set map[string]bool) bool {
	for _, found := range reference.FindAllStringSubmatch(value, -1) {
		if _, inEnvironment := os.LookupEnv(found[2]); !inEnvironment && !set[found[2]] {
			return true
		}
	}
	return false
}
