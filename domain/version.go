package domain

// Matches refuses with ErrPreconditionFailed a change that was made for another version than
// there is (RFC 9110 §13.1.1); one made for version 0 was made for any.
func Matches(ifMatch, version int64) error {
	if ifMatch != 0 && ifMatch != version {
		return ErrPreconditionFailed
	}
	return nil
}
