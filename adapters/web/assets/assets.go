// Package assets holds the stylesheet, the script and the icons of the pages.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

//go:embed css/*.css js/*.js *.svg
var sources embed.FS

// Files are the assets as browsers load them. Each name has a hash of the contents, so that a file never changes.
type Files struct {
	paths  map[string]string // by name, such as app.css
	stored map[string]file   // by name with hash
}

type file struct {
	media       string
	plain, gzip []byte
}

// Load returns the assets: app.css of all stylesheets, app.js of all scripts, and the images.
func Load() Files {
	f := Files{paths: map[string]string{}, stored: map[string]file{}}
	f.add("app.css", "text/css; charset=utf-8", joined("css/base.css", "css/*.css"))
	f.add("app.js", "text/javascript; charset=utf-8", joined("js/*.js"))
	images, _ := fs.Glob(sources, "*.svg") // the pattern is valid
	for _, name := range images {
		f.add(name, "image/svg+xml", joined(name))
	}
	return f
}

// joined returns the contents of the files of the patterns, each once, in this order.
func joined(patterns ...string) []byte {
	var all bytes.Buffer
	seen := map[string]bool{}
	for _, pattern := range patterns {
		names, _ := fs.Glob(sources, pattern) // the pattern is valid
		for _, name := range names {
			if text, err := sources.ReadFile(name); err == nil && !seen[name] {
				all.Write(text)
			}
			seen[name] = true
		}
	}
	return all.Bytes()
}

func (f Files) add(name, media string, contents []byte) {
	sum := sha256.Sum256(contents)
	extension := path.Ext(name)
	hashed := strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:6]) + extension
	var packed bytes.Buffer
	writer, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is valid
	_, _ = writer.Write(contents)                                   // a buffer takes everything
	_ = writer.Close()
	f.paths[name] = "/assets/" + hashed
	f.stored[hashed] = file{media: media, plain: contents, gzip: packed.Bytes()}
}

// Path returns the path at which browsers load an asset.
func (f Files) Path(name string) string { return f.paths[name] }

// Serve answers a request for the asset ":file". Browsers may keep it for a year.
func (f Files) Serve(c *fiber.Ctx) error {
	stored, found := f.stored[c.Params("file")]
	if !found {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, stored.media)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Vary(fiber.HeaderAcceptEncoding)
	if c.AcceptsEncodings("gzip") == "gzip" {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(stored.gzip)
	}
	return c.Send(stored.plain)
}
