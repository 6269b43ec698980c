package page

import (
	"io/fs"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// passwordField matches the name of a field that hides what is typed, in the source of a view.
var passwordField = regexp.MustCompile(`Name: "([a-z_]+)"[^{}]*Type: "password"`)

// TestNoPageRepeatsAPassword finds the fields for passwords in all views.
func TestNoPageRepeatsAPassword(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	views := os.DirFS("..")
	require.NoError(t, fs.WalkDir(views, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".templ") {
			return err
		}
		source, err := fs.ReadFile(views, path)
		for _, match := range passwordField.FindAllSubmatch(source, -1) {
			found[string(match[1])] = true
		}
		return err
	}))
	require.Contains(t, found, "new_password_again")
	require.Contains(t, found, "current_password")
	for name := range found {
		r := &Request{fields: url.Values{name: {"s3cret"}, "full_name": {"Ada"}}}
		require.Equal(t, []hidden{{name: "full_name", value: "Ada"}}, r.kept(), name)
	}
}
