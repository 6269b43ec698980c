package envfile

import (
	"regexp"
	"slices"
	"strings"
)

// assignment matches a line that sets a key. Its groups are everything before the value, the key,
// and the rest of the line.
var assignment = regexp.MustCompile(`(?m)^([ \t]*(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*(?:=|:[ \t]))([^\n]*)$`)

// comment matches the start of a comment: a # after a blank, as in a shell and in Compose.
var comment = regexp.MustCompile(`[ \t]#`)

// reference matches a variable that the reader replaces: capitals after a $ without a backslash.
var reference = regexp.MustCompile(`(^|[^\\])\$\{?([A-Z0-9_]+)`)

// keepHashes puts unquoted values that contain a # into single quotes, because the library that
// reads the file starts a comment at any #. In this file only a # after a blank starts one.
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

// check returns a fault for each known key whose value would silently lose a part.
func (f Format) check(text string) (faults []string) {
	set := map[string]bool{}
	for _, parts := range assignment.FindAllStringSubmatch(text, -1) {
		key, rest := strings.ToUpper(parts[2]), parts[3]
		value := uncommented(rest)
		switch {
		case !slices.Contains(f.Known, key) && !slices.Contains(f.Secrets, key) || strings.HasPrefix(value, "'"):
		case slices.Contains(f.Secrets, key) && !quoted(value) && comment.MatchString(rest):
			faults = append(faults, key+": put the value in single quotes if the # belongs to it, "+
				"otherwise the comment on a line of its own")
		case !quoted(value) && strings.Contains(value, "#") && strings.Contains(value, "'"):
			faults = append(faults, key+": put the value in double quotes, because it contains # and '")
		case f.refersToNothing(value, set):
			faults = append(faults, key+": put the value in single quotes, because its $ refers to a variable that is not set")
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

func (f Format) refersToNothing(value string, set map[string]bool) bool {
	for _, found := range reference.FindAllStringSubmatch(value, -1) {
		if !set[found[2]] && !f.InEnvironment(found[2]) {
			return true
		}
	}
	return false
}
