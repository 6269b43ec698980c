package cli

import (
	"cmp"
	"context"
)

// Build describes the build of the program.
type Build struct {
	Version  string // the tag of the commit, or what Go makes of the commit; "dev" if neither is known
	Commit   string // empty: unknown
	Modified bool   // the source differed from the commit
	Go       string // such as go1.26.8
	Platform string // such as linux/amd64
}

// Version implements Actions. The first line has only the name and the version, for scripts.
func (c commands) Version(context.Context, Options) error {
	b := c.program.Build()
	c.printf("sole %s", b.Version)
	commit := cmp.Or(b.Commit, "unknown")
	if b.Modified {
		commit += ", with changes that are not in the commit"
	}
	c.printf("commit: %s", commit)
	c.printf("built with: %s for %s", b.Go, b.Platform)
	return nil
}
