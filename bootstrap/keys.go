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
	"runtime"
	"slices"
	"strings"

	"github.com/sole-platform/sole/adapters/archive"
	"github.com/sole-platform/sole/adapters/envfile"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/zxcvbn"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// minSecretKey is the minimum length of SECRET_KEY in production, in bytes.
const minSecretKey = 32

// keys fills in the key material: from the configuration, from files, or in development from DATA_DIR, where
// it is created once unless the source is read-only.
func (p *parser) keys(c *Config) (err error) {
	c.PrivateKeyPEM, c.PublicKeyPEM = p.pem("JWT_PRIVATE_KEY"), p.pem("JWT_PUBLIC_KEY")
	if path := p.text("JWT_PRIVATE_KEY_PATH"); path != "" && p.text("JWT_PRIVATE_KEY") == "" && readableByOthers(path) {
		c.warnings = append(c.warnings, warning{text: "JWT_PRIVATE_KEY_PATH: every user of this machine can read the file: make its mode 0600"})
	}
	if c.PrivateKeyPEM != "" && c.knownAlgorithm() {
		if _, _, err := configuredKey(*c); err != nil {
			p.fault("%v", err)
		}
	}
	if c.Production {
		p.productionSecrets(*c)
	}
	if c.Production || len(p.faults) > 0 {
		return nil // no keys are created for an unusable configuration
	}
	keep := keep
	if p.readOnly {
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
		create := func() (string, error) { return newPEM(c.Algorithm, 0) }
		c.PrivateKeyPEM, err = keep(filepath.Join(c.DataDir, privateKeyFile(c.Algorithm)), create)
	}
	return err
}

func (p *parser) productionSecrets(c Config) {
	if len(c.SecretKey) < minSecretKey {
		p.fault("SECRET_KEY: write at least %d random characters, for example from `openssl rand -base64 48`", minSecretKey)
	}
	if lower := strings.ToLower(c.SecretKey); strings.Contains(lower, "changeme") || strings.Contains(lower, "change-me") ||
		c.SecretKey != "" && distinct(c.SecretKey) < minDistinct {
		p.fault("SECRET_KEY: write a random value, not an example")
	}
	if c.PrivateKeyPEM == "" && c.knownAlgorithm() {
		p.fault("JWT_PRIVATE_KEY or JWT_PRIVATE_KEY_PATH: give a private key for %s: %s", c.Algorithm, jose.Advice(c.Algorithm))
	}
	if strings.HasPrefix(strings.ToLower(c.SeedPassword.Reveal()), "changeme") || (zxcvbn.Judge{}).Judge(c.SeedPassword, nil).Common {
		p.fault("SEED_ADMIN_PASSWORD: write a password of your own, neither an example nor a common one")
	}
}

// minDistinct is the minimum number of different characters in SECRET_KEY. Of ten million random keys of 32 decimal digits
// one has fewer.
const minDistinct = 6

func distinct(text string) int {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}

// cursorKey derives the key that seals cursors (HKDF-SHA256, RFC 5869). After a change of the secret, earlier
// cursors are refused, and clients start their lists again.
func cursorKey(secret string) (key http.CursorKey, err error) {
	material, err := hkdf.Key(sha256.New, []byte(secret), nil, "sole/cursor/v1", len(key))
	copy(key[:], material)
	return key, err
}

// backupKeys derives the keys that authenticate backups: the first one for writing, all of them for reading.
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

// decisions derives the keys that seal decisions. A decision that was sealed with an earlier secret can be read as long as
// the secret is in SECRET_KEY_FALLBACKS.
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

// pem reads KEY, in which newlines may be written as \n, or the file that KEY_PATH names.
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
		p.fault("%s_PATH: the file cannot be read: check its path, and whether this user may read it", key)
	}
	return string(text)
}

// knownAlgorithm reports whether JWT_ALGORITHM is one of its choices. If it is not, that is a fault already, and the key is not
// another.
func (c *Config) knownAlgorithm() bool {
	return slices.Contains(choices["JWT_ALGORITHM"], string(c.Algorithm))
}

// readableByOthers reports whether users other than the owner and the group may read a file. Windows has no such modes.
func readableByOthers(path string) bool {
	info, err := os.Stat(path)
	return err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o004 != 0
}

// keep reads a file that is created on first use, readable by its owner only. If several processes create
// it at once, the first one wins and the others read its file.
func keep(path string, create func() (string, error)) (string, error) {
	if text, err := kept(path); err == nil {
		return text, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("DATA_DIR: the folder cannot be created: %w", err)
	}
	text, err := create()
	if err != nil {
		return "", err
	}
	temporary, err := envfile.Temporary(path, text)
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

func newSecretKey() (string, error) { return rand.Text() + rand.Text(), nil }

// privateKeyFile returns the name of the file in DATA_DIR with the key for an algorithm. Each algorithm has its own file, so that a
// change of JWT_ALGORITHM keeps the other key.
func privateKeyFile(algorithm domain.SigningAlgorithm) string {
	if algorithm == domain.ES256 {
		return "jwt_private_es256.pem"
	}
	return "jwt_private.pem"
}

func newPEM(algorithm domain.SigningAlgorithm, bits int) (string, error) {
	key, err := jose.GenerateKey(algorithm, bits)
	if err != nil {
		return "", err
	}
	text, err := jose.EncodePrivateKey(key)
	return strings.TrimSpace(string(text)), err
}
