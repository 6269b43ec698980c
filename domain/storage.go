package domain

import (
	"fmt"
	"math"
)

// Storage is how much room the files of an org take, and may take, in bytes.
type Storage struct {
	Used  int64
	Limit int64 // zero: any amount
}

// Left is how many more bytes fit.
func (s Storage) Left() int64 {
	if s.Limit == 0 {
		return math.MaxInt64
	}
	return max(0, s.Limit-s.Used)
}

// Admit refuses a file of so many bytes that does not fit in place of freed bytes, with
// CodeInsufficientStorage (507, as RFC 4331 §6 for quotas). A file that is no larger than what it
// replaces is always taken.
func (s Storage) Admit(size, freed int64) error {
	if size <= freed || size-freed <= s.Left() {
		return nil
	}
	return &Error{Code: CodeInsufficientStorage, Message: fmt.Sprintf(
		"The files of this org take %d of the %d bytes that they may take, so this one does not fit: remove files, or ask the operator for more room.", s.Used, s.Limit)}
}
