package bootstrap

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/sole-platform/sole/adapters/cli"
)

// version is set by builds without the history of the source, in which Go finds no tag: the image of the Dockerfile
// (-ldflags "-X ...bootstrap.version=..."). Every other build has the version that Go records.
var version string

// built describes this build.
var built = sync.OnceValue(func() cli.Build {
	info, _ := debug.ReadBuildInfo()
	return describe(info, version)
})

// describe returns what Go recorded in the program, with the version of the linker if there is one. Go records the tag of a
// commit, or v0.0.0-TIME-COMMIT without one, and adds +dirty if the source differed from the commit.
func describe(info *debug.BuildInfo, linked string) cli.Build {
	b := cli.Build{Version: linked, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info == nil {
		b.Version = cmp.Or(b.Version, "dev")
		return b
	}
	recorded := info.Main.Version
	if recorded == "(devel)" {
		recorded = ""
	}
	b.Version = cmp.Or(linked, recorded, "dev")
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
