// Package archive packs folders into one file and unpacks them. It refuses a file that was changed.
//
// The file is a gzipped tar (RFC 1952, POSIX.1-2001). It begins with manifest.json, which lists
// every file with its SHA-256, then manifest.hmac, the HMAC-SHA256 of the manifest in
// hexadecimal, then the files in the manifest's order. Nothing is unpacked before the HMAC
// is verified: the content of a file that was written without the key is never read.
package archive

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
)

// Manifest describes an archive: what it contains and where it comes from.
type Manifest struct {
	Format    int              `json:"format"`
	Version   string           `json:"version"` // of the program that wrote it
	CreatedAt time.Time        `json:"created_at"`
	Schema    int64            `json:"schema"`     // version of the database schema
	SecretKey string           `json:"secret_key"` // id of the key, not the key
	SignedBy  string           `json:"signed_by"`  // id of the configured key that signs tokens
	Rows      map[string]int64 `json:"rows"`       // by table, so that people can recognise the backup
	Files     []File           `json:"files"`
}

// File is one file of an archive.
type File struct {
	Name   string `json:"name"` // relative, with slashes
	Size   int64  `json:"size"` // in bytes
	SHA256 string `json:"sha256"`
}

// Size returns the total size of the files in bytes.
func (m Manifest) Size() (total int64) {
	for _, file := range m.Files {
		total += file.Size
	}
	return total
}

// Key authenticates a manifest. Anyone who has the key can write archives that are accepted.
type Key [sha256.Size]byte

// Faults of an archive.
var (
	ErrIncomplete = errors.New("it ends early or is damaged: take another copy of it")
	ErrForeign    = port.ErrBackupForeign
	ErrUnproven   = port.ErrBackupUnproven
)

const (
	format       = 1
	manifestName = "manifest.json"
	proofName    = "manifest.hmac"
	maxManifest  = 64 << 20 // bytes, enough for about 400,000 files
)

func (k Key) prove(manifest []byte) string {
	mac := hmac.New(sha256.New, k[:])
	mac.Write(manifest)
	return hex.EncodeToString(mac.Sum(nil))
}

// parse reads a manifest. If none of the keys authenticates it, parse returns it with ErrUnproven.
func parse(text []byte, proof string, keys []Key) (m Manifest, err error) {
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%w: its manifest is not readable", ErrForeign)
	}
	if !slices.ContainsFunc(keys, func(k Key) bool { return hmac.Equal([]byte(k.prove(text)), []byte(proof)) }) {
		return m, ErrUnproven
	}
	if m.Format != format {
		return m, fmt.Errorf("its format is %d, this build reads %d: use the version of sole that wrote it", m.Format, format)
	}
	for _, file := range m.Files {
		if !plain(file.Name) || file.Size < 0 {
			return m, fmt.Errorf("%w: its manifest lists %q, which cannot be a file of a backup", ErrForeign, file.Name)
		}
	}
	return m, nil
}

// plain reports whether a file with this name is always unpacked inside the target folder, on every operating system.
func plain(name string) bool {
	return filepath.IsLocal(name) && path.Clean(name) == name && !strings.ContainsAny(name, "\\:\x00") && strings.Contains(name, "/")
}
