package bootstrap

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sole-platform/sole/adapters/archive"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/zxcvbn"
	"github.com/sole-platform/sole/application/port"
)

// minSecretKey is the shortest SECRET_KEY that production takes, in bytes.
const minSecretKey = 32

// keys fills in the key material: from the configuration, from files, or in development
// from DATA_DIR, where it is made once unless nothing may be touched.
func (p *parser) keys(c *Config) (err error) {
	c.PrivateKeyPEM, c.PublicKeyPEM = p.pem("JWT_PRIVATE_KEY"), p.pem("JWT_PUBLIC_KEY")
	if c.PrivateKeyPEM != "" {
		if _, _, err := configuredKey(*c); err != nil {
			p.fault("%v", err)
		}
	}
	if c.Production {
		p.productionSecrets(*c)
	}
	if c.Production || len(p.faults) > 0 {
		return nil // a configuration that cannot be used makes no keys
	}
	keep := keep
	if p.untouched {
		keep = func(path string, _ func() (string, error)) (text string, _ error) {
			text, _ = kept(path)
			return text, nil
		}
	}
	if c.SecretKey == "" {
		if c.SecretKey, err = keep(filepath.Join(c.DataDir, "secret_key"), newSecretKey); err != nil {
			return err
		}
	}
	if c.PrivateKeyPEM == "" {
		c.PrivateKeyPEM, err = keep(filepath.Join(c.DataDir, "jwt_private.pem"), newPrivateKey)
	}
	return err
}

func (p *parser) productionSecrets(c Config) {
	if len(c.SecretKey) < minSecretKey {
		p.fault("SECRET_KEY: write at least %d random characters, for example from `openssl rand -base64 48`", minSecretKey)
	}
	if lower := strings.ToLower(c.SecretKey); strings.Contains(lower, "changeme") || strings.Contains(lower, "change-me") || c.SecretKey != "" && distinct(c.SecretKey) < minDistinct {
		p.fault("SECRET_KEY: write a random value, not an example")
	}
	if c.PrivateKeyPEM == "" {
		p.fault("JWT_PRIVATE_KEY or JWT_PRIVATE_KEY_PATH: give an RSA private key, for example from `openssl genrsa 3072`")
	}
	if strings.HasPrefix(strings.ToLower(c.SeedPassword.Reveal()), "changeme") || (zxcvbn.Judge{}).Judge(c.SeedPassword, nil).Common {
		p.fault("SEED_ADMIN_PASSWORD: write a password of your own, neither an example nor a common one")
	}
}

// minDistinct is how many different characters a random SECRET_KEY has at least: 32
// decimal digits have fewer once in ten million.
const minDistinct = 6

func distinct(text string) int {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}

// cursorKey derives what seals cursors (HKDF-SHA256, RFC 5869). With another secret the
// cursors under way are refused, and lists begin anew.
func cursorKey(secret string) (key http.CursorKey, err error) {
	material, err := hkdf.Key(sha256.New, []byte(secret), nil, "sole/cursor/v1", len(key))
	copy(key[:], material)
	return key, err
}

// backupKeys derive what proves backups likewise: the first one writes, all of them read.
func backupKeys(c Config) (keys []archive.Key, err error) {
	for _, secret := range append([]string{c.SecretKey}, c.SecretKeyFallbacks...) {
		var key archive.Key
		material, err := hkdf.Key(sha256.New, []byte(secret), nil, "sole/backup/v1", len(key))
		if err != nil {
			return nil, err
		}
		copy(key[:], material)
		keys = append(keys, key)
	}
	return keys, nil
}

// decisions derives what seals decisions likewise. Those told under an earlier secret can be
// looked up as long as it stands in SECRET_KEY_FALLBACKS.
func decisions(c Config) (port.Decisions, error) {
	var keys []opaque.DecisionKey
	for _, secret := range append([]string{c.SecretKey}, c.SecretKeyFallbacks...) {
		var key opaque.DecisionKey
		material, err := hkdf.Key(sha256.New, []byte(secret), nil, "sole/decision/v1", len(key))
		if err != nil {
			return nil, err
		}
		copy(key[:], material)
		keys = append(keys, key)
	}
	return opaque.NewDecisions(keys...), nil
}

// pem reads KEY, where newlines may be written \n, or the file that KEY_PATH names.
func (p *parser) pem(key string) string {
	if text := p.text(key); text != "" {
		return strings.ReplaceAll(text, `\n`, "\n")
	}
	path := p.text(key + "_PATH")
	if path == "" {
		return ""
	}
	text, err := os.ReadFile(path)
	if err != nil {
		p.fault("%s_PATH: the file cannot be read", key)
	}
	return string(text)
}

// keep reads a file that is made on first use, readable by its owner only. Of processes
// that make it at once the first wins and the others read what it wrote.
func keep(path string, create func() (string, error)) (string, error) {
	if text, err := kept(path); err == nil {
		return text, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("DATA_DIR: the folder cannot be made: %w", err)
	}
	text, err := create()
	if err != nil {
		return "", err
	}
	temporary, err := writeTemporary(path, text)
	if err != nil {
		return "", fmt.Errorf("DATA_DIR: a key cannot be written: %w", err)
	}
	defer func() { _ = os.Remove(temporary) }()
	if err := os.Link(temporary, path); errors.Is(err, fs.ErrExist) {
		return keep(path, create)
	} else if err != nil {
		return "", fmt.Errorf("DATA_DIR: a key cannot be written: %w", err)
	}
	return text, nil
}

func kept(path string) (string, error) {
	text, err := os.ReadFile(path)
	return strings.TrimSpace(string(text)), err
}

// writeTemporary writes text beside path, in a file of its own that only its owner reads.
func writeTemporary(path, text string) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(text + "\n")
	return file.Name(), errors.Join(err, file.Close())
}

func newSecretKey() (string, error) { return rand.Text() + rand.Text(), nil }

func newPrivateKey() (string, error) { return newPEM(2048) }

func newPEM(bits int) (string, error) {
	key, err := jose.GenerateKey(bits)
	if err != nil {
		return "", err
	}
	text, err := jose.EncodePrivateKey(key)
	return strings.TrimSpace(string(text)), err
}
