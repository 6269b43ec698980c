package port

import (
	"context"
	"io"
	"time"

	"github.com/sole-platform/sole/domain"
)

// FileStore keeps the bytes of files, those of each org apart. It knows ids only: no name
// that a client chose comes near it.
type FileStore interface {
	// Put stores all that content has, under an id that is new, and says how many bytes that
	// was. The file must be there whole or not at all: when content fails, its error is
	// returned (perhaps wrapped) and nothing stays. No room left is domain.ErrStorageFull.
	Put(ctx context.Context, org domain.OrgID, id domain.FileID, content io.Reader) (int64, error)
	// Open must return domain.ErrNotFound for a file that is not there, or of another org.
	Open(ctx context.Context, org domain.OrgID, id domain.FileID) (io.ReadCloser, error)
	// Remove takes a file away, and what an interrupted Put has left of one; without either
	// nothing happens.
	Remove(ctx context.Context, org domain.OrgID, id domain.FileID) error
	// Orgs names those that have had a file.
	Orgs(ctx context.Context) ([]domain.OrgID, error)
	// Stored hands visit the ids of an org's files that were last written before an instant,
	// some at a time, also of those that an interrupted Put has left in part. visit may remove them.
	Stored(ctx context.Context, org domain.OrgID, before time.Time, visit func([]domain.FileID) error) error
}

// MediaOf tells the type of a file, such as image/png without any parameters, by its first
// bytes, of which domain.FileHead are enough.
type MediaOf func(head []byte) string

// Pictures makes images safe to show.
type Pictures interface {
	// Redraw decodes an image (PNG, JPEG, GIF or WebP) and draws it anew, no side longer than
	// domain.MaxPictureSide: of what else the file held nothing is left. It must refuse, as
	// domain.CodeInvalid, what is no such image, and before it decodes it one whose pixels
	// would take too much memory.
	Redraw(ctx context.Context, image io.Reader) (picture []byte, media string, err error)
}

// Files keeps what is known of the org's files.
type Files interface {
	Insert(ctx context.Context, file domain.File) error
	// Get finds a plain file; a picture, or a file of another org, is domain.ErrNotFound.
	Get(ctx context.Context, id domain.FileID) (domain.File, error)
	// List gives the plain files that the filter takes, newest id first, at most limit, from
	// the one that follows after on.
	List(ctx context.Context, filter domain.FileFilter, after domain.FileID, limit int) ([]domain.File, error)
	// Remove forgets a plain file; one that is not there is domain.ErrNotFound.
	Remove(ctx context.Context, id domain.FileID) error
	// Picture finds the avatar of an account, or the org's logo; else domain.ErrNotFound.
	Picture(ctx context.Context, kind domain.FileKind, account domain.UserID) (domain.File, error)
	// Replace stores a picture in place of the one there was, which it returns, or the zero
	// File. Of parallel calls each must return another one. An account that is not of the org
	// is domain.ErrNotFound.
	Replace(ctx context.Context, picture domain.File) (domain.File, error)
	// Forget forgets a picture and returns it; without one it is domain.ErrNotFound.
	Forget(ctx context.Context, kind domain.FileKind, account domain.UserID) (domain.File, error)
	// Used returns how many bytes all files of the org use together, pictures included.
	Used(ctx context.Context) (int64, error)
	// Known tells which of these ids are of files of the org, of whatever kind.
	Known(ctx context.Context, ids []domain.FileID) ([]domain.FileID, error)
}
