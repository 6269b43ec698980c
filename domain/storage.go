package domain

import (
	"fmt"
	"math"
)

// Storage is the storage that the files of an org use, and its limit, in bytes.
type Storage struct {
	Used  int64
	Limit int64 // zero: no limit
}

// Left returns how many more bytes fit.
func (s Storage) Left() int64 {
	if s.Limit == 0 {
		return math.MaxInt64
	}
	return max(0, s.Limit-s.Used)
}

// Admit returns CodeInsufficientStorage when a file of size bytes does not fit after freed bytes were
// removed. A file that is no larger than the one it replaces is always accepted.
func (s Storage) Admit(size, freed int64) error {
	if size <= freed || size-freed <= s.Left() {
		return nil
	}
	const message = "The files of this org use %d of %d bytes, and this file does not fit. " +
		"Remove files, or ask the operator to raise the limit."
	return &Error{Code: CodeInsufficientStorage, Message: fmt.Sprintf(message, s.Used, s.Limit)}
}
