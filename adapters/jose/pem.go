package jose

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// The forms of a key that are read, by their PEM label (RFC 7468).
var (
	privateForms = map[string]func(der []byte) (any, error){
		"PRIVATE KEY":     x509.ParsePKCS8PrivateKey,
		"RSA PRIVATE KEY": func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
	}
	publicForms = map[string]func(der []byte) (any, error){
		"PUBLIC KEY":     x509.ParsePKIXPublicKey,
		"RSA PUBLIC KEY": func(der []byte) (any, error) { return x509.ParsePKCS1PublicKey(der) },
	}
)

// The errors of reading a key. None of them holds any part of what was read.
var (
	errNoPEM     = errors.New("jose: this is not PEM: give the whole file, from the -----BEGIN line to the -----END line, with its line breaks")
	errMoreText  = errors.New("jose: there is more than one key here: give one PEM block and nothing after it")
	errEncrypted = errors.New("jose: the key is encrypted: decrypt it with openssl pkey -in key.pem -out plain.pem, and keep that file to yourself (mode 0600)")
	errNotRSA    = errors.New("jose: the key is not RSA, which RS256 needs: " + adviceGenerate)
	errPrivate   = errors.New("jose: this is a private key where a public one belongs: derive it with openssl pkey -in key.pem -pubout")
	errPublic    = errors.New("jose: this is a public key where a private one belongs: give the other file of the pair")
	errDamaged   = errors.New("jose: the key is damaged or too small: copy the file again, or " + adviceGenerate)
)

// LoadPrivateKey reads one RSA private key of at least 2048 bits from PEM: PKCS#8 or
// PKCS#1, not encrypted. The error says what to do and shows nothing of the key.
func LoadPrivateKey(text []byte) (*rsa.PrivateKey, error) {
	parsed, err := parse(text, privateForms, publicForms, errPublic)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errNotRSA
	}
	if err := checkSize(&key.PublicKey); err != nil {
		return nil, err
	}
	return key, nil
}

// LoadPublicKey reads one RSA public key of at least 2048 bits from PEM: PKIX or PKCS#1.
func LoadPublicKey(text []byte) (*rsa.PublicKey, error) {
	parsed, err := parse(text, publicForms, privateForms, errPrivate)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errNotRSA
	}
	if err := checkSize(key); err != nil {
		return nil, err
	}
	return key, nil
}

// parse reads a key in one of forms; a key in one of the other forms is errOther.
func parse(text []byte, forms, others map[string]func([]byte) (any, error), errOther error) (any, error) {
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return nil, errNoPEM
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errMoreText
	case block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "":
		return nil, errEncrypted
	case others[block.Type] != nil:
		return nil, errOther
	case forms[block.Type] == nil:
		return nil, errNotRSA
	}
	key, err := forms[block.Type](block.Bytes)
	if err != nil {
		return nil, errDamaged // the cause may quote what it could not read
	}
	return key, nil
}

// EncodePrivateKey writes a key as PKCS#8 PEM. Who stores it keeps it to mode 0600.
func EncodePrivateKey(key *rsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("jose: encode private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// EncodePublicKey writes a key as PKIX PEM.
func EncodePublicKey(key *rsa.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("jose: encode public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}
