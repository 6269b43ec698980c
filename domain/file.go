package domain

import (
	"path"
	"slices"
	"strings"
	"time"
)

// FileID identifies a File. Its content is stored under this name only.
type FileID string

// FileKind says what a file is for.
type FileKind string

// The kinds of files. An account has at most one avatar, and an org at most one logo.
const (
	FilePlain  FileKind = "file"
	FileAvatar FileKind = "avatar"
	FileLogo   FileKind = "logo"
)

// File describes a stored file of an org.
type File struct {
	ID        FileID
	Kind      FileKind
	Account   UserID // the account of an avatar; otherwise empty
	Name      string // for people; it is never used as a path
	Media     string // the media type of the content, whatever the name says
	Size      int64  // bytes
	By        UserID // the account that stored it
	CreatedAt time.Time
}

// FileFilter selects plain files. An empty field selects every file.
type FileFilter struct{ By UserID }

const (
	// FileHead is the number of bytes at the beginning of a file from which its type is detected.
	FileHead = 3072
	// MaxPictureSide is the largest width and height of a stored picture, in pixels.
	MaxPictureSide = 512

	maxFileName = 200 // characters
)

// fileMedia are the accepted media types with the extensions of their names, the usual one first. None is
// of a type that a browser or a shell executes.
var fileMedia = map[string][]string{
	"image/png":                 {".png"},
	"image/jpeg":                {".jpg", ".jpeg"},
	"image/gif":                 {".gif"},
	"image/webp":                {".webp"},
	"application/pdf":           {".pdf"},
	"text/plain":                {".txt", ".md", ".log", ".csv", ".tsv", ".json"},
	"text/csv":                  {".csv", ".txt"},
	"text/tab-separated-values": {".tsv", ".txt"},
	"application/json":          {".json", ".txt"},
	"application/x-ndjson":      {".ndjson", ".jsonl", ".json", ".txt"},
	"application/zip":           {".zip"},
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   {".docx"},
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         {".xlsx"},
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": {".pptx"},
	"application/vnd.oasis.opendocument.text":                                   {".odt"},
	"application/vnd.oasis.opendocument.spreadsheet":                            {".ods"},
	"application/vnd.oasis.opendocument.presentation":                           {".odp"},
}

// StoredAs reports whether a stored file of the kind can have this name and this type of content.
func StoredAs(kind FileKind, name, media string) bool {
	endings, taken := fileMedia[media]
	return taken && (kind != FilePlain && name == "" || fileName(name, endings) == name)
}

// NewFile returns a plain file. media is the type that was detected from the content; ErrInvalid is
// returned if it is not accepted. name is the name that the client gave; it is made safe.
func NewFile(id FileID, name, media string, by UserID, now time.Time) (File, error) {
	endings, taken := fileMedia[media]
	if !taken {
		return File{}, Invalid("file", "must be, by its content, an image (PNG, JPEG, GIF, WebP), a PDF, "+
			"a text, CSV or JSON file, an office document or a ZIP archive")
	}
	return File{ID: id, Kind: FilePlain, Name: fileName(name, endings), Media: media, By: by, CreatedAt: now}, nil
}

// NewAvatar returns the picture of an account. media must be an accepted type.
func NewAvatar(id FileID, of UserID, media string, now time.Time) File {
	return File{ID: id, Kind: FileAvatar, Account: of, Name: fileName("avatar", fileMedia[media]), Media: media, By: of, CreatedAt: now}
}

// NewLogo returns the logo of an org. media must be an accepted type.
func NewLogo(id FileID, by UserID, media string, now time.Time) File {
	return File{ID: id, Kind: FileLogo, Name: fileName("logo", fileMedia[media]), Media: media, By: by, CreatedAt: now}
}

// fileName returns a safe name: the last part of the path that a client gave, without invisible
// characters, and with an extension that fits the content.
func fileName(raw string, endings []string) string {
	base := raw[strings.LastIndexAny(raw, `/\`)+1:]
	name := []rune(strings.Trim(legible(base), " ."))
	if len(name) == 0 {
		name = []rune("file")
	}
	ending := path.Ext(string(name))
	if !slices.Contains(endings, strings.ToLower(ending)) {
		ending = endings[0]
		name = append(name[:min(len(name), maxFileName-len(ending))], []rune(ending)...)
	}
	if over := len(name) - maxFileName; over > 0 {
		stem := len(name) - len([]rune(ending)) - over
		name = append(name[:stem], []rune(ending)...)
	}
	return string(name)
}
