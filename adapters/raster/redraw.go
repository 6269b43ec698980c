// Package raster decodes images and encodes them again.
package raster

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/gif" // an accepted format
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // an accepted format

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	// maxPixels allows the pictures of a phone. With 16 bits per channel they need 128 MiB. Scaling a long and thin image
	// needs more memory, so that the length of a side is limited too.
	maxPixels   = 1 << 24
	maxSide     = 1 << 14
	quality     = 85
	maxWait     = 5 * time.Second  // for a free slot
	readTimeout = 10 * time.Second // for an image; the largest takes a second or two
)

// Pictures implements port.Pictures. It decodes a limited number of images at the same time.
type Pictures struct{ slots chan struct{} }

var _ port.Pictures = Pictures{}

// New returns Pictures that decode as many images at the same time as there are slots, and at least one.
func New(slots int) Pictures { return Pictures{make(chan struct{}, max(1, slots))} }

var (
	errNoImage  = domain.Invalid("file", "must be a complete PNG, JPEG, GIF or WebP image")
	errTooSlow  = domain.Invalid("file", "takes too long to decode: save the image again, as a baseline JPEG or a PNG")
	errTooLarge = domain.Invalid("file",
		"must have at most 16,777,216 pixels (such as 4096 x 4096), and 16,384 on a side: make the image smaller")
)

// Redraw implements port.Pictures. It returns a PNG if the picture has transparency, and otherwise a JPEG. It uses the first
// frame of an animation, and rotates the picture as its Exif orientation says.
func (p Pictures) Redraw(ctx context.Context, in io.Reader) ([]byte, string, error) {
	if err := p.enter(ctx); err != nil {
		return nil, "", err
	}
	defer func() { <-p.slots }()
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	in, err := firstFrame(timely{ctx, in})
	if err != nil {
		return nil, "", refused(err)
	}
	var head bytes.Buffer // may become as large as the file
	config, format, err := image.DecodeConfig(io.TeeReader(in, &head))
	switch {
	case err != nil:
		return nil, "", refused(err)
	case config.Width <= 0 || config.Height <= 0:
		return nil, "", errNoImage
	case config.Width > maxSide || config.Height > maxSide || config.Height > maxPixels/config.Width:
		return nil, "", errTooLarge
	}
	held := upright
	if format == "jpeg" {
		held = orientation(head.Bytes())
	}
	source, _, err := image.Decode(io.MultiReader(&head, in))
	if err != nil {
		return nil, "", refused(err)
	}
	if source.Bounds().Empty() { // a frame of a GIF can be empty
		return nil, "", errNoImage
	}
	return encode(rotate(scale(source), held))
}

// enter waits for a free slot.
func (p Pictures) enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return domain.ErrOverloaded
	}
}

// timely limits the time for reading an image: a small file can write all its pixels thousands of times, as the scans of a
// progressive JPEG do.
type timely struct {
	ctx   context.Context
	image io.Reader
}

// Read implements io.Reader.
func (t timely) Read(p []byte) (int, error) {
	if t.ctx.Err() != nil {
		return 0, errTooSlow
	}
	return t.image.Read(p)
}

// refused returns a domain error of the reader unchanged. It replaces an error of a decoder, whose text is not for the
// client.
func refused(err error) error {
	if failure, ok := errors.AsType[*domain.Error](err); ok {
		return failure
	}
	return errNoImage
}

// scale draws the image on new pixels, reduced so that no side is longer than domain.MaxPictureSide.
func scale(source image.Image) *image.RGBA {
	width, height := source.Bounds().Dx(), source.Bounds().Dy()
	if longest := max(width, height); longest > domain.MaxPictureSide {
		width, height = max(1, width*domain.MaxPictureSide/longest), max(1, height*domain.MaxPictureSide/longest)
	}
	drawn := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.CatmullRom.Scale(drawn, drawn.Bounds(), source, source.Bounds(), draw.Src, nil)
	return drawn
}

func encode(picture *image.RGBA) ([]byte, string, error) {
	var out bytes.Buffer
	if picture.Opaque() {
		err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: quality})
		return out.Bytes(), "image/jpeg", err
	}
	err := png.Encode(&out, picture)
	return out.Bytes(), "image/png", err
}
