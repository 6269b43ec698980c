// Package raster decodes images and draws them anew.
package raster

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/gif" // formats that are taken
	"image/jpeg"
	"image/png"
	"io"
	"time"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // formats that are taken

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	// maxPixels is what a phone takes today; 16 bits a channel make 128 MiB of it. To scale
	// takes the more memory the longer and the thinner an image is.
	maxPixels = 1 << 24
	maxSide   = 1 << 14
	quality   = 85
	patience  = 5 * time.Second  // to wait for a turn
	turnTime  = 10 * time.Second // to read an image; the largest takes a second or two
)

// Pictures implements port.Pictures. Only so many images are decoded at once.
type Pictures struct{ turns chan struct{} }

var _ port.Pictures = Pictures{}

// New makes Pictures that decode atOnce images at a time.
func New(atOnce int) Pictures { return Pictures{make(chan struct{}, max(1, atOnce))} }

var (
	errNoImage  = domain.Invalid("body.file", "must be a PNG, JPEG, GIF or WebP image that is whole")
	errTooSlow  = domain.Invalid("body.file", "takes too long to decode: save the image anew, as a baseline JPEG or a PNG")
	errTooLarge = domain.Invalid("body.file", "must have at most 16,777,216 pixels (such as 4096 x 4096), and 16,384 on a side: make the image smaller")
)

// Redraw implements port.Pictures. A picture with transparency becomes a PNG, any other a JPEG;
// of an animation the first frame is kept. How a camera was held (Exif) is heeded.
func (p Pictures) Redraw(ctx context.Context, in io.Reader) ([]byte, string, error) {
	if err := p.enter(ctx); err != nil {
		return nil, "", err
	}
	defer func() { <-p.turns }()
	ctx, cancel := context.WithTimeout(ctx, turnTime)
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
	turned := upright
	if format == "jpeg" {
		turned = orientation(head.Bytes())
	}
	source, _, err := image.Decode(io.MultiReader(&head, in))
	if err != nil {
		return nil, "", refused(err)
	}
	if source.Bounds().Empty() { // a frame of a GIF can be
		return nil, "", errNoImage
	}
	return encode(turn(scale(source), turned))
}

// enter waits for a turn.
func (p Pictures) enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case p.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return domain.ErrOverloaded
	}
}

// timely is an image that has only some time to be read: one of few bytes can go over all its
// pixels thousands of times, as the scans of a progressive JPEG do.
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

// refused keeps what the source of the bytes had to say; a decoder's own words are not for
// the client.
func refused(err error) error {
	if failure, ok := errors.AsType[*domain.Error](err); ok {
		return failure
	}
	return errNoImage
}

// scale draws the image on fresh pixels, none of its sides longer than a picture may have.
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
