package raster

import (
	"bytes"
	"encoding/binary"
	"image"
)

// upright is the Exif orientation of an image that is shown as it is.
const upright = 1

// orientation reads how the camera was held from the head of a JPEG file (Exif 2.32 §4.6.4,
// tag 0x0112); upright where nothing is said.
func orientation(file []byte) int {
	for file = file[min(2, len(file)):]; len(file) >= 4 && file[0] == 0xff && file[1] != 0xda; {
		size := int(binary.BigEndian.Uint16(file[2:]))
		if size < 2 || size+2 > len(file) {
			return upright
		}
		if exif, found := bytes.CutPrefix(file[4:size+2], []byte("Exif\x00\x00")); found && file[1] == 0xe1 {
			return orientationIn(exif)
		}
		file = file[size+2:]
	}
	return upright
}

// orientationIn looks the tag up in the first directory of a TIFF header.
func orientationIn(exif []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(exif, []byte("II")) {
		order = binary.LittleEndian
	}
	if len(exif) < 8 {
		return upright
	}
	at := int64(order.Uint32(exif[4:]))
	if at+2 > int64(len(exif)) {
		return upright
	}
	entries := int64(order.Uint16(exif[at:]))
	for i := range entries {
		entry := at + 2 + 12*i
		if entry+12 > int64(len(exif)) {
			break
		}
		if order.Uint16(exif[entry:]) != 0x0112 {
			continue
		}
		if held := int(order.Uint16(exif[entry+8:])); held >= 1 && held <= 8 {
			return held
		}
		break
	}
	return upright
}

// turn draws a picture as it was meant to be seen.
func turn(source *image.RGBA, held int) *image.RGBA {
	if held == upright {
		return source
	}
	width, height := source.Bounds().Dx(), source.Bounds().Dy()
	turned := image.NewRGBA(image.Rect(0, 0, width, height))
	if held >= 5 { // it lies on a side
		turned = image.NewRGBA(image.Rect(0, 0, height, width))
	}
	for y := range height {
		for x := range width {
			to := turnedPoint(held, x, y, width-1-x, height-1-y)
			turned.SetRGBA(to.X, to.Y, source.RGBAAt(x, y))
		}
	}
	return turned
}

// turnedPoint is where a point goes that is x from the left and fromRight from the right, y
// from the top and fromBottom from the bottom.
func turnedPoint(held, x, y, fromRight, fromBottom int) image.Point {
	switch held {
	case 2:
		return image.Pt(fromRight, y)
	case 3:
		return image.Pt(fromRight, fromBottom)
	case 4:
		return image.Pt(x, fromBottom)
	case 5:
		return image.Pt(y, x)
	case 6:
		return image.Pt(fromBottom, x)
	case 7:
		return image.Pt(fromBottom, fromRight)
	case 8:
		return image.Pt(y, fromRight)
	}
	return image.Pt(x, y)
}
