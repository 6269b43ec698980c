package earlier

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/sole-platform/sole/domain"
)

// passlibText is how passlib writes bytes: base64 with a dot for the plus sign, without padding.
var passlibText = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./").WithPadding(base64.NoPadding)

// readHash reads a bcrypt or Argon2 hash in its usual text, or PBKDF2 as passlib writes it: $pbkdf2-sha256$rounds$salt$key.
func readHash(text string) (domain.ImportedHash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 5 || parts[0] != "" || parts[1] != "pbkdf2-sha256" {
		return domain.ReadHash(text)
	}
	rounds, badRounds := strconv.Atoi(parts[2])
	salt, badSalt := passlibText.DecodeString(parts[3])
	key, badKey := passlibText.DecodeString(parts[4])
	if badRounds != nil || badSalt != nil || badKey != nil {
		return domain.ReadHash(text) // which says what a hash looks like
	}
	return domain.ImportedHash{Scheme: domain.SchemePBKDF2SHA256, Cost: rounds, Salt: salt, Key: key}, nil
}
