package raster_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/raster"
	"github.com/sole-platform/sole/domain"
)

// painted is red in its upper left quarter and blue elsewhere.
func painted(width, height int, alpha uint8) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.SetNRGBA(x, y, color.NRGBA{B: 255, A: alpha})
			if x < width/2 && y < height/2 {
				picture.SetNRGBA(x, y, color.NRGBA{R: 255, A: alpha})
			}
		}
	}
	return picture
}

func encoded(t *testing.T, encode func(io.Writer, image.Image) error, picture image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, encode(&out, picture))
	return out.Bytes()
}

func asJPEG(w io.Writer, picture image.Image) error { return jpeg.Encode(w, picture, nil) }
func asGIF(w io.Writer, picture image.Image) error  { return gif.Encode(w, picture, nil) }

func redrawn(t *testing.T, content []byte) (image.Image, []byte, string) {
	t.Helper()
	picture, media, err := raster.New(1).Redraw(t.Context(), bytes.NewReader(content))
	require.NoError(t, err)
	decoded, format, err := image.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	require.Equal(t, media, "image/"+format)
	return decoded, picture, media
}

func TestAPictureIsEncodedAgain(t *testing.T) {
	for _, c := range []struct {
		about         string
		content       []byte
		width, height int
		media         string
	}{
		{"a PNG", encoded(t, png.Encode, painted(40, 30, 255)), 40, 30, "image/jpeg"},
		{"a PNG with transparency", encoded(t, png.Encode, painted(40, 30, 100)), 40, 30, "image/png"},
		{"a JPEG", encoded(t, asJPEG, painted(40, 30, 255)), 40, 30, "image/jpeg"},
		{"a GIF", encoded(t, asGIF, painted(40, 30, 255)), 40, 30, "image/jpeg"},
		{"a wide one", encoded(t, asJPEG, painted(2048, 512, 255)), 512, 128, "image/jpeg"},
		{"a high one", encoded(t, asJPEG, painted(300, 1200, 255)), 128, 512, "image/jpeg"},
		{"a line", encoded(t, png.Encode, painted(4000, 1, 255)), 512, 1, "image/jpeg"},
	} {
		picture, _, media := redrawn(t, c.content)
		require.Equal(t, c.media, media, c.about)
		require.Equal(t, image.Pt(c.width, c.height), picture.Bounds().Size(), c.about)
	}
}

// animation is one of three frames that libwebp encoded: the first is painted(40, 30), the others
// are green and black where it is red.
func animation(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name+".webp"))
	require.NoError(t, err)
	return content
}

func TestAnAnimationBecomesItsFirstFrame(t *testing.T) {
	for name, alpha := range map[string]uint8{"lossless": 255, "lossless-alpha": 100, "lossy": 255, "lossy-alpha": 100} {
		content := animation(t, name)
		withProfile := slices.Concat(content[:30], []byte("ICCP\x03\x00\x00\x00abc\x00"), content[30:])
		binary.LittleEndian.PutUint32(withProfile[4:], uint32(len(withProfile)-8))
		for _, content := range [][]byte{content, withProfile} {
			picture, _, media := redrawn(t, content)
			require.Equal(t, map[bool]string{true: "image/jpeg", false: "image/png"}[alpha == 255], media, name)
			require.Equal(t, image.Pt(40, 30), picture.Bounds().Size(), name)
			corner := color.NRGBAModel.Convert(picture.At(5, 5)).(color.NRGBA)
			require.InDelta(t, 255, corner.R, 40, name)
			require.InDelta(t, 0, corner.G, 40, name)
			require.InDelta(t, alpha, corner.A, 2, name)
			require.InDelta(t, 255, color.NRGBAModel.Convert(picture.At(35, 25)).(color.NRGBA).B, 40, name)
		}
	}
}

func TestABrokenAnimationIsRefused(t *testing.T) {
	for _, name := range []string{"lossless", "lossy-alpha"} {
		content := animation(t, name)
		end := 44 + 8 + int(binary.LittleEndian.Uint32(content[48:])) // of the first frame
		for n := 21; n < end-8; n++ {                                 // the last bytes may be padding
			_, _, err := raster.New(1).Redraw(t.Context(), bytes.NewReader(content[:n]))
			requireNoImage(t, err)
		}
		for about, change := range map[string]func([]byte){
			"no frame":              func(b []byte) { copy(b, bytes.ReplaceAll(b, []byte("ANMF"), []byte("ABCD"))) },
			"a frame of no size":    func(b []byte) { binary.LittleEndian.PutUint32(b[48:], 0) },
			"a frame of huge size":  func(b []byte) { binary.LittleEndian.PutUint32(b[48:], math.MaxUint32) },
			"a chunk of huge size":  func(b []byte) { binary.LittleEndian.PutUint32(b[34:], math.MaxUint32) },
			"a frame of other size": func(b []byte) { b[58]++ },
		} {
			broken := slices.Clone(content)
			change(broken)
			_, _, err := raster.New(1).Redraw(t.Context(), bytes.NewReader(broken))
			require.Error(t, err, about)
			requireNoImage(t, err)
		}
		wide := slices.Clone(content)
		copy(wide[58:], "\xff\xff\xff\xff\xff\xff")
		_, _, err := raster.New(1).Redraw(t.Context(), bytes.NewReader(wide))
		require.Error(t, err, "more pixels than are decoded")
	}
}

func FuzzRedraw(f *testing.F) {
	for _, name := range []string{"lossless", "lossless-alpha", "lossy", "lossy-alpha"} {
		f.Add(animation(f, name))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		picture, media, err := raster.New(1).Redraw(t.Context(), bytes.NewReader(content))
		if err != nil {
			fault := new(domain.Error)
			require.ErrorAs(t, err, &fault)
			return
		}
		config, format, err := image.DecodeConfig(bytes.NewReader(picture))
		require.NoError(t, err)
		require.Equal(t, media, "image/"+format)
		require.LessOrEqual(t, max(config.Width, config.Height), domain.MaxPictureSide)
	})
}

func TestMetadataOfTheFileIsRemoved(t *testing.T) {
	const hidden = "<script>alert(1)</script> 51.4779N"
	text := chunk("tEXt", "Comment\x00"+hidden)
	plain := encoded(t, png.Encode, painted(40, 30, 100))
	header := len("\x89PNG\r\n\x1a\n") + 25
	withText := append(append(append([]byte{}, plain[:header]...), text...), plain[header:]...)
	for _, content := range [][]byte{withText, append(plain, hidden...), withExif(encoded(t, asJPEG, painted(40, 30, 255)), 1, hidden)} {
		require.Contains(t, string(content), hidden)
		_, picture, _ := redrawn(t, content)
		require.NotContains(t, string(picture), hidden)
		require.NotContains(t, string(picture), "Exif")
	}
}

func chunk(kind, data string) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(out, kind+data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(kind+data)))
}

// withExif says in a JPEG how the camera was held.
func withExif(file []byte, held byte, more string) []byte {
	exif := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(
		held,
	) + "\x00\x00\x00\x00\x00\x00" + more
	segment := append([]byte{0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(exif)+2))...)
	return append(append(append([]byte{}, file[:2]...), append(segment, exif...)...), file[2:]...)
}

func TestAPictureIsRotatedByItsExifOrientation(t *testing.T) {
	file := encoded(t, asJPEG, painted(40, 20, 255))
	for held, corner := range []string{1: "upper left", 2: "upper right", 3: "lower right", 4: "lower left", 5: "upper left", 6: "upper right",
		7: "lower right", 8: "lower left", 9: "upper left"} {
		if held == 0 {
			continue
		}
		picture, _, _ := redrawn(t, withExif(file, byte(held), ""))
		size := picture.Bounds().Size()
		require.Equal(t, held >= 5 && held <= 8, size.Y > size.X, held)
		for name, at := range map[string]image.Point{
			"upper left": {2, 2}, "upper right": {size.X - 3, 2}, "lower left": {2, size.Y - 3}, "lower right": {size.X - 3, size.Y - 3},
		} {
			red, _, blue, _ := picture.At(at.X, at.Y).RGBA()
			require.Equal(t, name == corner, red > blue, "held %d: %s", held, name)
		}
	}
	require.NotPanics(t, func() {
		whole := withExif(file, 6, "")
		for cut := range 60 {
			_, _, _ = raster.New(1).Redraw(t.Context(), bytes.NewReader(append(append([]byte{}, whole[:cut]...), file[2:]...)))
		}
	})
}

// bomb is a PNG that says it is large, and is not.
func bomb(width, height uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	return append([]byte("\x89PNG\r\n\x1a\n"), append(chunk("IHDR", string(head)+"\x08\x06\x00\x00\x00"), chunk("IDAT", "x")...)...)
}

func TestATooLargeImageIsRefusedBeforeDecoding(t *testing.T) {
	for _, content := range [][]byte{bomb(50_000, 50_000), bomb(4097, 4096), bomb(1<<31-1, 1<<31-1), bomb(1, 1<<24), bomb(1<<14+1, 1),
		gifOf(65535, 65535)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := raster.New(1).Redraw(t.Context(), bytes.NewReader(content))
		runtime.ReadMemStats(&after)
		var refused *domain.Error
		require.ErrorAs(t, err, &refused)
		require.Equal(t, domain.CodeInvalid, refused.Code)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
	}
}

func gifOf(width, height uint16) []byte {
	head := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16([]byte("GIF89a"), width), height)
	return append(head, 0x80, 0, 0, 0xff, 0xff, 0xff, 0, 0, 0, ',')
}

func TestAnIncompleteImageIsRefused(t *testing.T) {
	whole := encoded(t, png.Encode, painted(40, 30, 255))
	for _, content := range []string{"", "no image", "<svg xmlns='http://www.w3.org/2000/svg'/>", string(whole[:len(whole)/2]),
		string(bomb(10, 10)), "GIF89a", "\xff\xd8\xff", "RIFF\x00\x00\x00\x00WEBPVP8 "} {
		_, _, err := raster.New(1).Redraw(t.Context(), strings.NewReader(content))
		var refused *domain.Error
		require.ErrorAs(t, err, &refused, "%.20q", content)
		require.Equal(t, domain.CodeInvalid, refused.Code)
		require.Equal(t, "file", refused.Fields[0].Field)
	}
	_, _, err := raster.New(1).Redraw(t.Context(), io.MultiReader(bytes.NewReader(whole[:40]), iotest.ErrReader(domain.ErrUploadBroken)))
	require.ErrorIs(t, err, domain.ErrUploadBroken)
}

func TestConcurrentDecodingIsLimited(t *testing.T) {
	noise := painted(100, 100, 255)
	_, err := rand.NewChaCha8([32]byte{}).Read(noise.Pix)
	require.NoError(t, err)
	pictures, whole := raster.New(1), encoded(t, png.Encode, noise)
	require.Greater(t, len(whole), 8<<10, "more than is read to see what it is")
	content, writer := io.Pipe()
	first := make(chan error, 1)
	go func() {
		_, _, err := pictures.Redraw(t.Context(), content)
		first <- err
	}()
	_, err = writer.Write(whole[:len(whole)-1]) // it is being decoded
	require.NoError(t, err)
	waiting, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = pictures.Redraw(waiting, bytes.NewReader(whole))
	require.ErrorIs(t, err, domain.ErrOverloaded)
	_, err = writer.Write(whole[len(whole)-1:])
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	require.NoError(t, <-first)
	_, _, err = pictures.Redraw(t.Context(), bytes.NewReader(whole))
	require.NoError(t, err)
}

func TestAnImageThatWaitsForASlotIsNotRead(t *testing.T) {
	pictures := raster.New(1)
	content, writer := io.Pipe()
	first := make(chan error, 1)
	go func() {
		_, _, err := pictures.Redraw(t.Context(), content)
		first <- err
	}()
	_, err := writer.Write([]byte("\xff\xd8")) // it has begun
	require.NoError(t, err)
	waiting, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = pictures.Redraw(waiting, iotest.ErrReader(domain.ErrUploadBroken))
	require.ErrorIs(t, err, domain.ErrOverloaded)
	require.NoError(t, writer.Close())
	require.Error(t, <-first)
}

func TestAnImageWithoutAPixelIsRefused(t *testing.T) {
	const noWidth = "\x00\x00\x00\x00\x00\x00\x05\x00\x00"
	file := "GIF89a\x05\x00\x05\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff," + noWidth + "\x02\x01\x2c\x00;"
	_, _, err := raster.New(1).Redraw(t.Context(), strings.NewReader(file))
	requireNoImage(t, err)
}

func requireNoImage(t *testing.T, err error) {
	t.Helper()
	var refused *domain.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, domain.CodeInvalid, refused.Code)
	require.Equal(t, "file", refused.Fields[0].Field)
}

// slowly takes a second for every piece that is read.
type slowly struct{ io.Reader }

func (s slowly) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	return s.Reader.Read(p)
}

// TestReadingAnImageIsLimitedInTime: a progressive JPEG of 17 kB can keep a decoder for
// two seconds, one of 10 MB for a quarter of an hour.
func TestReadingAnImageIsLimitedInTime(t *testing.T) {
	noise := painted(300, 300, 255)
	_, err := rand.NewChaCha8([32]byte{}).Read(noise.Pix)
	require.NoError(t, err)
	whole := encoded(t, png.Encode, noise)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, _, err := raster.New(1).Redraw(t.Context(), slowly{bytes.NewReader(whole)})
		requireNoImage(t, err)
		require.Less(t, time.Since(began), 15*time.Second)
	})
}
