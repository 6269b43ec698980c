package console

import "github.com/sole-platform/sole/domain"

// difference is a value that somebody else has saved while the visitor edited it.
type difference struct{ Name, Saved, Yours string }

func (d difference) none() bool { return d.Saved == d.Yours }

// stale reports whether a change was refused because another one came first.
func stale(failure *domain.Error) bool {
	return failure.Code == domain.CodePreconditionFailed || failure.Is(domain.ErrStale)
}
