package bootstrap

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheVersionIsTheTagOrTheCommit(t *testing.T) {
	recorded := func(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}
	}
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123abcd"}
	dirty := debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	for name, c := range map[string]struct {
		info     *debug.BuildInfo
		linked   string
		version  string
		commit   string
		modified bool
	}{
		"a tag": {info: recorded("v1.2.3", revision), version: "v1.2.3", commit: "0123abcd"},
		"changes that are not in it": {
			info: recorded("v1.2.3+dirty", revision, dirty), version: "v1.2.3+dirty", commit: "0123abcd", modified: true,
		},
		"go install":           {info: recorded("v1.2.3"), version: "v1.2.3"},
		"no history":           {info: recorded("(devel)"), version: "dev"},
		"no history, an image": {info: recorded("(devel)"), linked: "v1.2.3", version: "v1.2.3"},
		"no module":            {info: nil, version: "dev"},
		"no module, an image":  {info: nil, linked: "v1.2.3", version: "v1.2.3"},
	} {
		t.Run(name, func(t *testing.T) {
			b := describe(c.info, c.linked)
			require.Equal(t, c.version, b.Version)
			require.Equal(t, c.commit, b.Commit)
			require.Equal(t, c.modified, b.Modified)
			require.NotEmpty(t, b.Go)
			require.NotEmpty(t, b.Platform)
		})
	}
}
