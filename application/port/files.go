package port

import (
	"context"
	"io"
	"time"

	"github.com/sole-platform/sole/domain"
)

// FileStore stores the content of files, separately for each org. It never gets a name that a client chose, only ids.
type FileStore interface {
	// Put stores everything that content returns under a new id, and returns the number of bytes. The file must be
	// stored whole or not at all: if reading content fails, Put returns that error, possibly wrapped, and stores
	// nothing. It returns domain.ErrStorageFull if there is no space.
	Put(ctx context.Context, org domain.OrgID, id domain.FileID, content io.Reader) (int64, error)
	// Open returns a file for reading. It must return domain.ErrNotFound for an unknown file and for one of another org.
	Open(ctx context.Context, org domain.OrgID, id domain.FileID) (io.ReadCloser, error)
	// Remove removes a file, and what an interrupted Put has left of it. It returns nil if there is neither.
	Remove(ctx context.Context, org domain.OrgID, id domain.FileID) error
	// Orgs lists the orgs that have had a file.
	Orgs(ctx context.Context) ([]domain.OrgID, error)
	// Stored calls visit with the ids of an org's files that were last written before a time, in batches. Incomplete files
	// that an interrupted Put has left are included. visit may remove files.
	Stored(ctx context.Context, org domain.OrgID, before time.Time, visit func([]domain.FileID) error) error
}

// MediaOf returns the media type of a file, such as image/png, without parameters. It needs the first domain.FileHead
// bytes.
type MediaOf func(head []byte) string

// Pictures makes images safe to show.
type Pictures interface {
	// Redraw decodes an image (PNG, JPEG, GIF or WebP) and encodes it again, with no side longer than
	// domain.MaxPictureSide, so that nothing but its pixels remains. It must refuse any other content as
	// domain.CodeInvalid, and an image whose pixels would take too much memory before it decodes it.
	Redraw(ctx context.Context, image io.Reader) (picture []byte, media string, err error)
}

// Files stores the descriptions of the org's files.
type Files interface {
	Insert(ctx context.Context, file domain.File) error
	// Get returns an uploaded file, or domain.ErrNotFound, also for a picture and for a file of another org.
	Get(ctx context.Context, id domain.FileID) (domain.File, error)
	// List returns at most limit uploaded files that match the filter, newest id first, starting after the id after.
	List(ctx context.Context, filter domain.FileFilter, after domain.FileID, limit int) ([]domain.File, error)
	// Remove removes an uploaded file, or returns domain.ErrNotFound.
	Remove(ctx context.Context, id domain.FileID) error
	// Picture returns the avatar of an account or the org's logo, or domain.ErrNotFound. The account is empty for the logo.
	Picture(ctx context.Context, kind domain.FileKind, account domain.UserID) (domain.File, error)
	// Replace stores a picture and returns the one that it replaces, or the zero File. Parallel calls must each return a
	// different one. It returns domain.ErrNotFound for an account of another org.
	Replace(ctx context.Context, picture domain.File) (domain.File, error)
	// Forget removes a picture and returns it, or domain.ErrNotFound.
	Forget(ctx context.Context, kind domain.FileKind, account domain.UserID) (domain.File, error)
	// Used returns how many bytes all files of the org use together, pictures included.
	Used(ctx context.Context) (int64, error)
	// Known returns those of the ids that belong to a file or picture of the org.
	Known(ctx context.Context, ids []domain.FileID) ([]domain.FileID, error)
}
