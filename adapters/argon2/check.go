package argon2

import "github.com/sole-platform/sole/domain"

// Check returns an error for a text that is no hash of this package, and for a hash whose parameters exceed the limits.
func Check(hash domain.PasswordHash) error {
	_, err := parsePHC(string(hash))
	return err
}
