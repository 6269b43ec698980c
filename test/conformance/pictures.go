package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Pictures checks every promise of port.Pictures. Its subtests must not run beside others, because
// one measures memory.
func Pictures(t *testing.T, open func(t *testing.T) port.Pictures) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, port.Pictures)
	}{
		{"draws an image of every format anew", picturesOfEveryFormat},
		{"makes no side longer than domain.MaxPictureSide", picturesSized},
		{"keeps nothing else that the file held", picturesCleaned},
		{"refuses a file that is not a complete image of these formats", picturesRefused},
		{"refuses an image of too many pixels before it decodes it", picturesBounded},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
	}
}

// encoded returns an image of one colour in a format.
func encoded(t *testing.T, format string, width, height int) []byte {
	t.Helper()
	source := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.RGBA{R: 200, A: 255}})
	var out bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&out, source)
	case "jpeg":
		err = jpeg.Encode(&out, source, nil)
	case "gif":
		err = gif.Encode(&out, source, nil)
	}
	require.NoError(t, err)
	return out.Bytes()
}

// tinyWebP is an image with one pixel.
func tinyWebP(t *testing.T) []byte {
	t.Helper()
	content, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	require.NoError(t, err)
	return content
}

// mustRedraw returns the size of the picture that an image becomes, and its bytes.
func mustRedraw(t *testing.T, pictures port.Pictures, content []byte) (image.Point, []byte) {
	t.Helper()
	picture, media, err := pictures.Redraw(t.Context(), bytes.NewReader(content))
	require.NoError(t, err)
	config, format, err := image.DecodeConfig(bytes.NewReader(picture))
	require.NoError(t, err)
	require.Equal(t, "image/"+format, media)
	_, _, err = image.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	return image.Pt(config.Width, config.Height), picture
}

func mustRefuseImage(t *testing.T, pictures port.Pictures, content []byte) {
	t.Helper()
	picture, _, err := pictures.Redraw(t.Context(), bytes.NewReader(content))
	failure, ok := errors.AsType[*domain.Error](err)
	require.True(t, ok && failure.Code == domain.CodeInvalid, "%.20q: got %v", content, err)
	require.Empty(t, picture)
}

func picturesOfEveryFormat(t *testing.T, pictures port.Pictures) {
	for _, format := range []string{"png", "jpeg", "gif"} {
		size, _ := mustRedraw(t, pictures, encoded(t, format, 40, 30))
		require.Equal(t, image.Pt(40, 30), size, format)
	}
	size, _ := mustRedraw(t, pictures, tinyWebP(t))
	require.Equal(t, image.Pt(1, 1), size)
}

func picturesSized(t *testing.T, pictures port.Pictures) {
	const most = domain.MaxPictureSide
	for given, want := range map[image.Point]image.Point{
		image.Pt(most, most): image.Pt(most, most), image.Pt(4*most, most): image.Pt(most, most/4),
		image.Pt(most/2, 2*most): image.Pt(most/4, most), image.Pt(8*most, 1): image.Pt(most, 1),
	} {
		size, _ := mustRedraw(t, pictures, encoded(t, "png", given.X, given.Y))
		require.Equal(t, want, size, "%v", given)
	}
}

// pngChunk returns a chunk of a PNG file.
func pngChunk(kind, data string) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(out, kind+data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(kind+data)))
}

func picturesCleaned(t *testing.T, pictures port.Pictures) {
	const hidden = "<script>alert(1)</script> 51.4779N"
	header := len("\x89PNG\r\n\x1a\n") + 25
	plain := encoded(t, "png", 40, 30)
	photo := encoded(t, "jpeg", 40, 30)
	comment := append([]byte{0xff, 0xfe}, binary.BigEndian.AppendUint16(nil, uint16(len(hidden)+2))...)
	for about, content := range map[string][]byte{
		"a text in a PNG":     slices.Concat(plain[:header], pngChunk("tEXt", "Comment\x00"+hidden), plain[header:]),
		"bytes after a PNG":   append(slices.Clone(plain), hidden...),
		"a comment in a JPEG": slices.Concat(photo[:2], comment, []byte(hidden), photo[2:]),
	} {
		require.Contains(t, string(content), hidden)
		_, picture := mustRedraw(t, pictures, content)
		require.NotContains(t, string(picture), hidden, about)
	}
}

func picturesRefused(t *testing.T, pictures port.Pictures) {
	for _, text := range []string{
		"", "no image", "<svg xmlns='http://www.w3.org/2000/svg'/>", "GIF89a", "\xff\xd8\xff", "RIFF\x00\x00\x00\x00WEBPVP8 ",
		"%PDF-1.7", "BM" + strings.Repeat("\x00", 60),
	} {
		mustRefuseImage(t, pictures, []byte(text))
	}
	for _, format := range []string{"png", "jpeg", "gif"} {
		whole := encoded(t, format, 40, 30)
		mustRefuseImage(t, pictures, whole[:len(whole)/2])
	}
	_, _, err := pictures.Redraw(t.Context(), io.MultiReader(strings.NewReader("\x89PNG\r\n\x1a\n")))
	require.Error(t, err)
}

// picturesBounded sends PNG files that claim more pixels than fit into memory.
func picturesBounded(t *testing.T, pictures port.Pictures) {
	for _, size := range [][2]uint32{{50_000, 50_000}, {1<<31 - 1, 1<<31 - 1}, {1 << 20, 1 << 20}} {
		head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, size[0]), size[1])
		huge := slices.Concat([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", string(head)+"\x08\x06\x00\x00\x00"), pngChunk("IDAT", "x"))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		mustRefuseImage(t, pictures, huge)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20), "%v", size)
	}
}
