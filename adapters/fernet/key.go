package fernet

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/fernet/fernet-go"
)

// What the outputs of the key derivation are for. They never change: what is sealed
// could not be opened any more.
const (
	keyLabel = "sole/fernet/v1"
	idLabel  = "sole/fernet/kid/v1"
)

// idBytes is the length of a key id before it is written in hexadecimal.
const idBytes = 4

// derive turns a secret of any form into a Fernet key and the id it is known by
// (HKDF-SHA256 without salt, RFC 5869). The id says nothing about the key.
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
