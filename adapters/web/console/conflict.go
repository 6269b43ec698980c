package console

import (
	"errors"

	"github.com/sole-platform/sole/domain"
)

// difference is a value that somebody else has saved while the visitor edited it.
type difference struct{ Name, Saved, Yours string }

func (d difference) none() bool { return d.Saved == d.Yours }

// stale reports whether a change was refused because another one came first.
func stale(err error) bool {
	return errors.Is(err, domain.ErrPreconditionFailed) || errors.Is(err, domain.ErrStale)
}
