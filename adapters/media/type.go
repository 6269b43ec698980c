// Package media detects the type of a file by its content.
package media

import (
	"mime"

	"github.com/gabriel-vasile/mimetype"
)

// Type implements port.MediaOf. It returns application/octet-stream for an unknown type.
func Type(head []byte) string {
	media, _, err := mime.ParseMediaType(mimetype.Detect(head).String())
	if err != nil {
		return "application/octet-stream"
	}
	return media
}
