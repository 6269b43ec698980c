package totp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// crockford is Douglas Crockford's base32: digits and letters without I, L, O and U.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// recoveryBytes is the size of a recovery code: 80 bits, 16 characters.
const recoveryBytes = 10

// RecoveryCodes creates recovery codes of the form XXXX-XXXX-XXXX-XXXX. The zero value is ready to use.
type RecoveryCodes struct{}

var _ port.RecoveryCodeMaker = RecoveryCodes{}

// New creates a code of 80 random bits.
func (RecoveryCodes) New() domain.Secret {
	raw := make([]byte, recoveryBytes)
	_, _ = rand.Read(raw) // never fails since Go 1.24
	c := crockford.EncodeToString(raw)
	return domain.NewSecret(c[0:4] + "-" + c[4:8] + "-" + c[8:12] + "-" + c[12:16])
}

// Hash returns the SHA-256, in base64url, of the code in canonical form with its org and account. A fast
// hash is enough for 80 random bits. With another account the same code has another hash. A code in the form
// of domain.CanonicalImportedCode is hashed by HashImported.
func (r RecoveryCodes) Hash(typed domain.Secret, org domain.OrgID, user domain.UserID) domain.TokenHash {
	if code, ok := domain.CanonicalImportedCode(typed.Reveal()); ok {
		digest := sha256.Sum256([]byte(code))
		return r.HashImported(digest[:], org, user)
	}
	return hashParts("recovery", string(org), string(user), domain.CanonicalRecoveryCode(typed.Reveal()))
}

// HashImported binds the digest of a recovery code of another system to its org and account.
func (RecoveryCodes) HashImported(digest []byte, org domain.OrgID, user domain.UserID) domain.TokenHash {
	return hashParts("imported recovery", string(org), string(user), string(digest))
}

func hashParts(parts ...string) domain.TokenHash {
	h := sha256.New()
	for _, part := range parts {
		_ = binary.Write(h, binary.BigEndian, uint32(len(part)))
		h.Write([]byte(part))
	}
	return domain.TokenHash(base64.RawURLEncoding.EncodeToString(h.Sum(nil)))
}
