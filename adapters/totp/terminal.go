package totp

import (
	"strings"

	"github.com/boombuler/barcode/qr"
)

// terminalQuietZone is a narrower border than the standard requires. Phones read it as well, and
// the code fits into a terminal of 80 columns.
const terminalQuietZone = 2

// Terminal draws text as a QR code of half blocks, two modules to a character, black on white
// whatever the terminal's own colours are (ECMA-48 SGR). It returns an error if text is too long.
func Terminal(text string) (string, error) {
	modules, err := qr.Encode(text, qr.L, qr.Auto)
	if err != nil {
		return "", err
	}
	side := modules.Bounds().Dx()
	white := func(x, y int) bool {
		inside := x >= 0 && y >= 0 && x < side && y < side
		return !inside || !dark(modules.At(x, y))
	}
	var out strings.Builder
	for y := -terminalQuietZone; y < side+terminalQuietZone; y += 2 {
		out.WriteString("\x1b[40;97m")
		for x := -terminalQuietZone; x < side+terminalQuietZone; x++ {
			out.WriteString(halfBlock(white(x, y), white(x, y+1)))
		}
		out.WriteString("\x1b[0m\n")
	}
	return out.String(), nil
}

func halfBlock(upper, lower bool) string {
	switch {
	case upper && lower:
		return "█"
	case upper:
		return "▀"
	case lower:
		return "▄"
	}
	return " "
}
