package totp

import (
	"fmt"
	"image"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quietZone is the white border a reader needs, in modules (ISO/IEC 18004 §5.3.8).
const quietZone = 4

// qrSVG draws text as a QR code of error correction level M: one black path on white,
// one unit per module, without a size of its own. It returns an error if text is too long.
func qrSVG(text string) (string, error) {
	modules, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", err
	}
	side := modules.Bounds().Dx() + 2*quietZone
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+
		`<rect width="%d" height="%d" fill="#fff"/><path d="%s" fill="#000"/></svg>`,
		side, side, side, side, outline(modules)), nil
}

// outline describes the dark modules, each run of them in a row as one rectangle.
func outline(modules image.Image) string {
	var path strings.Builder
	side := modules.Bounds().Dx()
	for y := range side {
		for x := 0; x < side; x++ {
			run := 0
			for x+run < side && dark(modules.At(x+run, y)) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quietZone, y+quietZone, run, run)
				x += run
			}
		}
	}
	return path.String()
}

func dark(c color.Color) bool {
	red, _, _, _ := c.RGBA()
	return red == 0
}
