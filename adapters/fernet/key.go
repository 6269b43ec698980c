package fernet

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/fernet/fernet-go"
)

// The purposes of the derived keys. They never change, because secrets could no longer be decrypted.
const (
	keyLabel = "sole/fernet/v1"
	idLabel  = "sole/fernet/kid/v1"
)

// idBytes is the length of a key id in bytes; the id is written in hexadecimal.
const idBytes = 4

// derive derives a Fernet key and its id from a secret of any form (HKDF-SHA256 without salt, RFC 5869). The id reveals
// nothing about the key.
func derive(secret string) (id string, key *fernet.Key, err error) {
	key = new(fernet.Key)
	material, err := hkdf.Key(sha256.New, []byte(secret), nil, keyLabel, len(key))
	if err != nil {
		return "", nil, fmt.Errorf("fernet: derive key: %w", err)
	}
	name, err := hkdf.Key(sha256.New, []byte(secret), nil, idLabel, idBytes)
	if err != nil {
		return "", nil, fmt.Errorf("fernet: derive key id: %w", err)
	}
	copy(key[:], material)
	return hex.EncodeToString(name), key, nil
}
