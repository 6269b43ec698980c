package totp

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/boombuler/barcode/qr"
)

const sampleURI = "otpauth://totp/ACME:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=ACME&algorithm=SHA1&digits=6&p" +
	"eriod=30"

type svg struct {
	XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
	ViewBox string   `xml:"viewBox,attr"`
	Shape   string   `xml:"shape-rendering,attr"`
	Paths   []struct {
		D string `xml:"d,attr"`
	} `xml:"path"`
}

func draw(t *testing.T, text string) svg {
	t.Helper()
	drawn, err := qrSVG(text)
	if err != nil {
		t.Fatal(err)
	}
	var image svg
	if err := xml.Unmarshal([]byte(drawn), &image); err != nil {
		t.Fatalf("not an SVG image: %v", err)
	}
	return image
}

func TestQRIsOnePathWithAQuietZone(t *testing.T) {
	image := draw(t, sampleURI)
	bitmap, err := qr.Encode(sampleURI, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	side := bitmap.Bounds().Dx() + 8
	if want := fmt.Sprintf("0 0 %d %d", side, side); image.ViewBox != want || image.Shape != "crispEdges" || len(image.Paths) != 1 {
		t.Errorf("got %d paths in %q, %q; want one in %q", len(image.Paths), image.ViewBox, image.Shape, want)
	}
}

func TestQRDrawsEveryModuleOnce(t *testing.T) {
	drawn := map[[2]int]bool{}
	path := draw(t, sampleURI).Paths[0].D
	run := regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)
	if rest := run.ReplaceAllString(path, ""); rest != "" {
		t.Fatalf("the path also says %.40q", rest)
	}
	for _, m := range run.FindAllStringSubmatch(path, -1) {
		x, y, width, back := number(t, m[1]), number(t, m[2]), number(t, m[3]), number(t, m[4])
		if width != back {
			t.Errorf("a run of %d goes back %d", width, back)
		}
		for i := range width {
			if at := [2]int{x + i - 4, y - 4}; drawn[at] {
				t.Errorf("%v is drawn twice", at)
			} else {
				drawn[at] = true
			}
		}
	}
	bitmap, err := qr.Encode(sampleURI, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	for x := range bitmap.Bounds().Dx() {
		for y := range bitmap.Bounds().Dy() {
			if drawn[[2]int{x, y}] != dark(bitmap.At(x, y)) {
				t.Fatalf("module %d,%d: drawn %t", x, y, drawn[[2]int{x, y}])
			}
		}
	}
}

func TestQRRefusesWhatDoesNotFit(t *testing.T) {
	if _, err := qrSVG(string(make([]byte, 4000))); err == nil {
		t.Error("4,000 bytes were accepted")
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
