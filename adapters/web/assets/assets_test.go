package assets

import (
	"math"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheAssetsAreSmall bounds what a browser loads besides the first page, in bytes over the wire.
func TestTheAssetsAreSmall(t *testing.T) {
	size := 0
	for _, stored := range Load().stored {
		size += len(stored.gzip)
	}
	require.Less(t, size, 20<<10)
}

// pairs are texts and the backgrounds that they stand on, with the contrast that WCAG 2.2 AA demands of them.
var pairs = []struct {
	text, on string
	least    float64
}{
	{"text", "page", 7}, {"text", "surface", 7}, {"text", "raised", 7},
	{"soft", "page", 4.5}, {"soft", "surface", 4.5}, {"soft", "raised", 4.5},
	{"accent", "page", 4.5}, {"accent", "surface", 4.5}, {"accent", "raised", 4.5}, {"accent", "accent-soft", 4.5},
	{"accent-strong", "accent-soft", 4.5}, {"on-accent", "accent", 4.5}, {"on-accent", "accent-strong", 4.5},
	{"text", "good-soft", 7}, {"text", "bad-soft", 7}, {"text", "warn-soft", 7}, {"text", "accent-soft", 7},
	{"good", "good-soft", 4.5}, {"good", "surface", 4.5}, {"warn", "warn-soft", 4.5}, {"bad", "bad-soft", 4.5},
	{"bad", "surface", 4.5}, {"bad", "page", 4.5}, {"accent", "warn-soft", 4.5},
	{"field-line", "surface", 3}, {"field-line", "page", 3}, {"focus", "page", 3}, {"focus", "surface", 3},
}

func TestTheColoursHaveContrast(t *testing.T) {
	css, err := sources.ReadFile("css/base.css")
	require.NoError(t, err)
	token := regexp.MustCompile(`--([a-z-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)`)
	for scheme, at := range map[string]int{"light": 2, "dark": 3} {
		colours := map[string]string{}
		for _, found := range token.FindAllStringSubmatch(string(css), -1) {
			colours[found[1]] = found[at]
		}
		for _, pair := range pairs {
			require.NotEmpty(t, colours[pair.text], pair)
			require.NotEmpty(t, colours[pair.on], pair)
			got := contrast(colours[pair.text], colours[pair.on])
			require.GreaterOrEqual(t, got, pair.least, "%s: %s on %s", scheme, pair.text, pair.on)
		}
	}
}

// contrast returns the contrast ratio of two colours (WCAG 2.2).
func contrast(one, other string) float64 {
	a, b := luminance(one), luminance(other)
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

func luminance(colour string) (sum float64) {
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		level, _ := strconv.ParseUint(colour[2*i:2*i+2], 16, 8) // the pattern has found hexadecimal digits
		channel := float64(level) / 255
		if channel <= 0.04045 {
			sum += weight * channel / 12.92
		} else {
			sum += weight * math.Pow((channel+0.055)/1.055, 2.4)
		}
	}
	return sum
}
