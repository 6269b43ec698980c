package importedhash

import (
	"crypto/aes"
	"crypto/cipher"

	"golang.org/x/crypto/scrypt"

	"github.com/sole-platform/sole/domain"
)

// firebaseKey returns the stream with which Firebase encrypts the signer key of a project: AES-256 in CTR mode from a zero
// counter, keyed with the password's scrypt key.
func firebaseKey(h domain.ImportedHash, text []byte) ([]byte, error) {
	const aesKeyBytes = 32
	key, err := scrypt.Key(text, h.Salt, 1<<h.Cost, h.BlockSize, h.Parallelism, aesKeyBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	stream := make([]byte, len(h.Key))
	cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(stream, stream) //nolint:gosec // one key for each password
	return stream, nil
}
