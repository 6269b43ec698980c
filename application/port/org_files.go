package port

import (
	"errors"
	"time"

	"github.com/sole-platform/sole/domain"
)

// ErrNotForUs means that an export of an org is encrypted to the key of another deployment.
var ErrNotForUs = errors.New("the file is encrypted to another key than that of this deployment")

// OrgFiles writes and reads files with whole orgs, which are encrypted to the public key of the deployment that receives
// them. Reading holds a bounded part of a file in memory, whatever the file contains.
type OrgFiles interface {
	// PublicKeys returns the public keys of this deployment. Files are to be encrypted to the first one; files that were
	// encrypted to one of the others can still be read.
	PublicKeys() []string
	// Fingerprint returns a short text by which people compare a public key, or an error for what is not one.
	Fingerprint(publicKey string) (string, error)
	// Create starts a file at path, which appears there only with Keep. It replaces no existing file.
	Create(path, publicKey string) (OrgFileWriter, error)
	// Open opens a file. The error says why it cannot be an export for this deployment; it wraps ErrNotForUs if it is
	// encrypted to another key.
	Open(path string) (OrgFileReader, error)
}

// OrgFileWriter writes the rows of a file.
type OrgFileWriter interface {
	Write(section OrgSection, row OrgRow) error
	// Digest returns the SHA-256 of all rows so far.
	Digest() domain.Digest
	// Keep completes the file and puts it at its path.
	Keep() error
	// Discard removes an incomplete file. It does nothing after Keep.
	Discard() error
}

// OrgFileReader reads the rows of a file in order.
type OrgFileReader interface {
	// Next returns the next row, or io.EOF after the last one. It returns an error that names the section and the row for
	// anything that is not a row, and for a file that was changed or cut off.
	Next() (OrgFileRow, error)
	// Digest returns the SHA-256 of all rows before the last one that Next returned.
	Digest() domain.Digest
	Close() error
}

// OrgFileRow is a row as it is in a file: its values are strings, int64, bool, nil, or what
// encoding/json decodes a JSON object or array to.
type OrgFileRow struct {
	Section OrgSection
	Number  int // in its section, from 1
	Values  map[string]any
}

// OrgManifest is what the last row of a file says about it, signed by the deployment that wrote it.
type OrgManifest struct {
	Org       domain.OrgID
	Issuer    string
	Recipient string // the public key that it was encrypted to
	CreatedAt time.Time
	Rows      map[OrgSection]int
	Digest    domain.Digest // of all rows before the manifest
}

// OrgManifests signs manifests with the key that signs the seals of this deployment, and verifies them. Neither an access
// token nor a seal is accepted as a manifest, nor a manifest as one of them.
type OrgManifests interface {
	// Sign returns the signed manifest, and the id of the key that signed it.
	Sign(manifest OrgManifest) (string, domain.KeyID, error)
	// Verify returns the manifest and the id of the key among the origins that signed it.
	Verify(signed string, keys domain.SealOrigins) (OrgManifest, domain.KeyID, error)
}
