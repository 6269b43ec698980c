package domain

import "slices"

// Versions lists the versions of a resource that a change applies to. An empty list accepts every
// version. No resource has version 0.
type Versions []int64

// Check returns ErrPreconditionFailed when the resource has none of the listed versions.
func (v Versions) Check(version int64) error {
	if len(v) > 0 && !slices.Contains(v, version) {
		return ErrPreconditionFailed
	}
	return nil
}
