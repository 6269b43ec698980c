// Package orgfile writes and reads files with whole orgs. They are encrypted with age (age-encryption.org/v1) to an X25519 key
// and contain one JSON object per line.
package orgfile

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"

	"github.com/sole-platform/sole/application/port"
)

// Files implements port.OrgFiles.
type Files struct{ identities []*age.X25519Identity }

var _ port.OrgFiles = Files{}

// New derives a key from each secret (HKDF-SHA256, RFC 5869). Files are encrypted to the first one.
func New(secrets ...string) (Files, error) {
	var files Files
	for _, secret := range secrets {
		material, err := hkdf.Key(sha256.New, []byte(secret), nil, "sole/org-file/v1", 32)
		if err != nil {
			return files, err
		}
		identity, err := age.ParseX25519Identity(strings.ToUpper(encodeBech32("age-secret-key-", material)))
		if err != nil {
			return files, fmt.Errorf("orgfile: derive key: %w", err)
		}
		files.identities = append(files.identities, identity)
	}
	if len(files.identities) == 0 {
		return files, errors.New("orgfile: there is no secret to derive a key from")
	}
	return files, nil
}

// PublicKeys implements port.OrgFiles.
func (f Files) PublicKeys() []string {
	keys := make([]string, len(f.identities))
	for i, identity := range f.identities {
		keys[i] = identity.Recipient().String()
	}
	return keys
}

// Fingerprint implements port.OrgFiles.
func (f Files) Fingerprint(publicKey string) (string, error) {
	recipient, err := parseRecipient(publicKey)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(recipient.String()))
	text := base64.RawURLEncoding.EncodeToString(sum[:])
	return text[:16], nil
}

func parseRecipient(publicKey string) (*age.X25519Recipient, error) {
	recipient, err := age.ParseX25519Recipient(strings.TrimSpace(publicKey))
	if err != nil {
		return nil, errors.New("this is no public key of a deployment: give what `sole org receive-key` prints there, which begins with age1")
	}
	return recipient, nil
}
