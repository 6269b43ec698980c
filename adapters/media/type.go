// Package media tells what a file is by what is in it.
package media

import (
	"mime"

	"github.com/gabriel-vasile/mimetype"
)

// Type implements port.MediaOf: application/octet-stream for what nothing is known of.
func Type(head []byte) string {
	media, _, err := mime.ParseMediaType(mimetype.Detect(head).String())
	if err != nil {
		return "application/octet-stream"
	}
	return media
}
