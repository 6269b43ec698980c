package cli

import (
	"path/filepath"
	"slices"
	"strings"
)

// OtherEnvFiles returns a hint at the other configuration files in this folder, which are read only with --env-file. It
// is the end of a sentence, and empty if there are none or a file was named.
func OtherEnvFiles(o Options) string {
	files, _ := filepath.Glob(".env.*")
	files = slices.DeleteFunc(files, func(name string) bool { return name == ".env.example" })
	if o.EnvFile != "" || len(files) == 0 {
		return ""
	}
	return "; there is another configuration here: add --env-file " + strings.Join(files, " or --env-file ")
}
