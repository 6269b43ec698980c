package domain

import (
	"path"
	"slices"
	"strings"
	"time"
)

// FileID identifies a File. It is also the only name that a file has where its bytes are kept.
type FileID string

// FileKind is what a file is for.
type FileKind string

// A plain file belongs to the org. The others are pictures, of which there is one at most:
// an account's avatar, the org's logo.
const (
	FilePlain  FileKind = "file"
	FileAvatar FileKind = "avatar"
	FileLogo   FileKind = "logo"
)

// File is what is known of bytes that an org keeps.
type File struct {
	ID        FileID
	Kind      FileKind
	Account   UserID // whose avatar it is; else empty
	Name      string // for people; never a path
	Media     string // by its content, whatever its name says
	Size      int64  // bytes
	By        UserID
	CreatedAt time.Time
}

// FileFilter says which plain files a list is about; what is empty filters nothing.
type FileFilter struct{ By UserID }

const (
	// FileHead is how many of a file's first bytes tell its type.
	FileHead = 3072
	// MaxPictureSide is how wide and how high a picture is kept at most, in pixels.
	MaxPictureSide = 512

	maxFileName = 200 // characters
)

// fileMedia are the types that are taken, each with the endings of its names; what a browser
// or a shell would run is none of them. The first ending is the usual one.
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

// NewFile makes a plain file of the type that its content has. The name is the client's, made
// harmless; a type that is not taken is CodeInvalid.
func NewFile(id FileID, name, media string, by UserID, now time.Time) (File, error) {
	endings, taken := fileMedia[media]
	if !taken {
		return File{}, Invalid("body.file", "must be, by its content, an image (PNG, JPEG, GIF, WebP), a PDF, a text, CSV or JSON file, an office document or a ZIP archive")
	}
	return File{ID: id, Kind: FilePlain, Name: fileName(name, endings), Media: media, By: by, CreatedAt: now}, nil
}

// NewAvatar makes the picture of an account, of a type that is taken.
func NewAvatar(id FileID, of UserID, media string, now time.Time) File {
	return File{ID: id, Kind: FileAvatar, Account: of, Name: fileName("avatar", fileMedia[media]), Media: media, By: of, CreatedAt: now}
}

// NewLogo makes the picture of an org, likewise.
func NewLogo(id FileID, by UserID, media string, now time.Time) File {
	return File{ID: id, Kind: FileLogo, Name: fileName("logo", fileMedia[media]), Media: media, By: by, CreatedAt: now}
}

// fileName keeps the last part of what a client calls a file, without what cannot be seen or
// turns text around, and gives it an ending that its content bears out.
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
