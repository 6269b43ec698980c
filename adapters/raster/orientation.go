package raster

import (
	"bytes"
	"encoding/binary"
	"image"
)

// upright is the Exif orientation of an image that needs no rotation.
const upright = 1

// orientation returns the orientation of the camera from the head of a JPEG file (Exif 2.32 §4.6.4, tag 0x0112), or upright
// if the file does not contain it.
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

// orientationIn returns the orientation from the first directory of a TIFF header.
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
		if value := int(order.Uint16(exif[entry+8:])); value >= 1 && value <= 8 {
			return value
		}
		break
	}
	return upright
}

// rotate returns the picture rotated and mirrored so that it is upright.
func rotate(source *image.RGBA, orientation int) *image.RGBA {
	if orientation == upright {
		return source
	}
	width, height := source.Bounds().Dx(), source.Bounds().Dy()
	rotated := image.NewRGBA(image.Rect(0, 0, width, height))
	if orientation >= 5 { // rotated by a quarter
		rotated = image.NewRGBA(image.Rect(0, 0, height, width))
	}
	for y := range height {
		for x := range width {
			to := rotatedPoint(orientation, x, y, width-1-x, height-1-y)
			rotated.SetRGBA(to.X, to.Y, source.RGBAAt(x, y))
		}
	}
	return rotated
}

// rotatedPoint returns the target of the point that is x from the left and fromRight from the right, y from the top and
// fromBottom from the bottom.
func rotatedPoint(orientation, x, y, fromRight, fromBottom int) image.Point {
	switch orientation {
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
