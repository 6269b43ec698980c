package jose

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// The supported forms of a key, by their PEM label (RFC 7468).
var (
	privateForms = map[string]func(der []byte) (any, error){
		"PRIVATE KEY":     x509.ParsePKCS8PrivateKey,
		"RSA PRIVATE KEY": func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
		"EC PRIVATE KEY":  func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) },
	}
	publicForms = map[string]func(der []byte) (any, error){
		"PUBLIC KEY":     x509.ParsePKIXPublicKey,
		"RSA PUBLIC KEY": func(der []byte) (any, error) { return x509.ParsePKCS1PublicKey(der) },
	}
)

// curveForm is the label of the name of a curve, which openssl ecparam -genkey writes before the key.
const curveForm = "EC PARAMETERS"

// Errors of reading a key. None of them contains any part of the key.
var (
	errNoPEM = errors.New(
		"this is not PEM: give the whole file, from the -----BEGIN line to the -----END line, with its line breaks",
	)
	errMoreText  = errors.New("there is more than one key here: give one PEM block and nothing after it")
	errEncrypted = errors.New(
		"the key is encrypted: decrypt it with openssl pkey -in key.pem -out plain.pem, and keep that file to yourself (mode 0600)",
	)
	errUnsupported = errors.New("the key is neither RSA nor on the curve P-256, which RS256 and ES256 need: for RS256 " +
		adviceRSA + "; for ES256 " + adviceP256)
	errPrivate = errors.New("this is a private key where a public one belongs: derive it with openssl pkey -in key.pem -pubout")
	errPublic  = errors.New("this is a public key where a private one belongs: give the other file of the pair")
	errDamaged = errors.New("the key is damaged, too small or on another curve than P-256: copy the file again; or for RS256 " +
		adviceRSA + "; for ES256 " + adviceP256)
	errOtherForm = errors.New("this is PEM, but not a key in the form PKCS#8, PKCS#1, SEC 1 or PKIX: convert it with " +
		"openssl pkey -in key.pem -out plain.pem; a certificate does not contain the private key")
)

// LoadPrivateKey parses one private key from PEM, not encrypted: RSA of at least 2048 bits in PKCS#8 or PKCS#1, or P-256 in
// PKCS#8 or SEC 1. The error says what to do and contains no part of the key.
func LoadPrivateKey(text []byte) (crypto.Signer, error) {
	parsed, err := parse(text, privateForms, publicForms, errPublic)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, errUnsupported
	}
	if _, err := Algorithm(key.Public()); err != nil {
		return nil, err
	}
	return key, nil
}

// LoadPublicKey parses one public key from PEM: RSA of at least 2048 bits in PKIX or PKCS#1, or P-256 in PKIX.
func LoadPublicKey(text []byte) (crypto.PublicKey, error) {
	key, err := parse(text, publicForms, privateForms, errPrivate)
	if err != nil {
		return nil, err
	}
	if _, err := Algorithm(key); err != nil {
		return nil, err
	}
	return key, nil
}

// parse parses a key in one of forms. It returns errOther for a key in one of the other forms.
func parse(text []byte, forms, others map[string]func([]byte) (any, error), errOther error) (any, error) {
	block, rest := pem.Decode(text)
	if block != nil && block.Type == curveForm {
		block, rest = pem.Decode(rest)
	}
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
		return nil, errOtherForm
	}
	key, err := forms[block.Type](block.Bytes)
	if err != nil {
		return nil, errDamaged // the cause can quote the key
	}
	return key, nil
}

// EncodePrivateKey returns a key as PKCS#8 PEM. Its file should have the mode 0600.
func EncodePrivateKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("jose: encode private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// EncodePublicKey returns a key as PKIX PEM.
func EncodePublicKey(key crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("jose: encode public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}
