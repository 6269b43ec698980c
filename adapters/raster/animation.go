package raster

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// The parts of an animated WebP image (developers.google.com/speed/webp/docs/riff_container).
const (
	riffHead  = 12 // "RIFF", the size of the rest, "WEBP"
	chunkHead = 8  // the name of a chunk and its size
	frameHead = 16 // where the frame is, its size, how long it is shown and how it is drawn

	animated = 1 << 1 // flags of the chunk VP8X
	alpha    = 1 << 4
)

var errNoFrame = errors.New("the animation has no frame")

// firstFrame returns the first frame of an animated WebP image as a still image, because the decoder does not support
// animations. It returns any other image unchanged. It streams the chunks instead of storing them in memory.
func firstFrame(image io.Reader) (io.Reader, error) {
	in := bufio.NewReaderSize(image, 512)
	head, _ := in.Peek(riffHead + chunkHead + 1) // the decoder reports a failed read
	if len(head) <= riffHead+chunkHead || string(head[:4]) != "RIFF" || string(head[8:16]) != "WEBPVP8X" || head[20]&animated == 0 {
		return in, nil
	}
	if _, err := in.Discard(riffHead); err != nil {
		return nil, err
	}
	for {
		var head [chunkHead]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return nil, err
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		if string(head[:4]) == "ANMF" {
			return stillOf(in, size)
		}
		if _, err := io.CopyN(io.Discard, in, size+size%2); err != nil {
			return nil, err
		}
	}
}

// stillOf returns a still image made of the chunks of a frame. size is the size of the frame with
// its head, in bytes.
func stillOf(in *bufio.Reader, size int64) (io.Reader, error) {
	var frame [frameHead]byte
	if _, err := io.ReadFull(in, frame[:]); err != nil {
		return nil, err
	}
	first, err := in.Peek(4)
	if err != nil {
		return nil, err
	}
	size -= frameHead
	if size < chunkHead || size > 1<<31 {
		return nil, errNoFrame
	}
	still := make([]byte, 0, riffHead+chunkHead+10)
	still = append(still, "RIFF"...)
	still = binary.LittleEndian.AppendUint32(still, uint32(4+chunkHead+10+size))
	still = append(still, "WEBPVP8X\x0a\x00\x00\x00"...)
	flags := byte(0)
	if string(first) == "ALPH" {
		flags = alpha
	}
	still = append(still, flags, 0, 0, 0)
	still = append(still, frame[6:12]...) // its width and height
	return io.MultiReader(bytes.NewReader(still), io.LimitReader(in, size)), nil
}
