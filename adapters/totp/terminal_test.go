package totp_test

import (
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/totp"
)

// TestTheTerminalDrawsEveryModule reads the drawing back and compares it with the code itself.
func TestTheTerminalDrawsEveryModule(t *testing.T) {
	const text = "otpauth://totp/Acme:owner@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme"
	drawn, err := totp.Terminal(text)
	require.NoError(t, err)
	modules, err := qr.Encode(text, qr.L, qr.Auto)
	require.NoError(t, err)
	side := modules.Bounds().Dx()
	white := map[rune][2]bool{'█': {true, true}, '▀': {true, false}, '▄': {false, true}, ' ': {false, false}}
	lines := strings.Split(strings.TrimSuffix(drawn, "\n"), "\n")
	require.Len(t, lines, (side+4+1)/2)
	for row, line := range lines {
		inner, begun := strings.CutPrefix(line, "\x1b[40;97m")
		inner, ended := strings.CutSuffix(inner, "\x1b[0m")
		require.True(t, begun && ended, "%q", line)
		cells := []rune(inner)
		require.Len(t, cells, side+4)
		require.LessOrEqual(t, len(cells), 80)
		for column, cell := range cells {
			for half := range 2 {
				x, y := column-2, 2*row+half-2
				inside := x >= 0 && y >= 0 && x < side && y < side
				red := uint32(1)
				if inside {
					red, _, _, _ = modules.At(x, y).RGBA()
				}
				require.Equal(t, red != 0, white[cell][half], "module %d,%d", x, y)
			}
		}
	}
}
