package domain_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAFileIsNamedHarmlessly(t *testing.T) {
	for _, c := range []struct{ sent, media, kept string }{
		{"photo.png", "image/png", "photo.png"},
		{"PHOTO.JPEG", "image/jpeg", "PHOTO.JPEG"},
		{"notes.md", "text/plain", "notes.md"},
		{"Über uns.pdf", "application/pdf", "Über uns.pdf"},
		{"page.html", "image/png", "page.html.png"},
		{"run.sh", "text/plain", "run.sh.txt"},
		{"../../etc/passwd", "text/plain", "passwd.txt"},
		{`C:\Users\a\..\photo.png`, "image/png", "photo.png"},
		{"/", "image/png", "file.png"},
		{"..", "image/png", "file.png"},
		{"", "application/pdf", "file.pdf"},
		{" . ", "application/pdf", "file.pdf"},
		{"a\x00b\r\nc\x7f.png", "image/png", "abc.png"},
		{"gpj.\u202eexe.png", "image/png", "gpj.exe.png"},
		{"a\u200b\u2028b.png", "image/png", "ab.png"},
		{"bad\xff\xfe.png", "image/png", "bad.png"},
		{".png", "image/png", "png.png"},
		{`"; filename="x.exe`, "image/png", `"; filename="x.exe.png`},
	} {
		file, err := domain.NewFile(anID, c.sent, c.media, anID, now)
		require.NoError(t, err, c.sent)
		require.Equal(t, c.kept, file.Name, "%q", c.sent)
	}
}

func TestALongFileNameIsCutAndKeepsItsEnding(t *testing.T) {
	for _, sent := range []string{strings.Repeat("ü", 400) + ".png", strings.Repeat("x", 400), "a." + strings.Repeat("y", 400),
		strings.Repeat("x", 198) + ".png"} {
		file, err := domain.NewFile(anID, sent, "image/png", anID, now)
		require.NoError(t, err)
		require.LessOrEqual(t, utf8.RuneCountInString(file.Name), 200)
		require.True(t, strings.HasSuffix(file.Name, ".png"), file.Name)
	}
}

func TestExecutableTypesAreRefused(t *testing.T) {
	for _, media := range []string{"text/html", "image/svg+xml", "text/xml", "application/x-elf", "text/javascript",
		"application/octet-stream", "", "TEXT/HTML", "text/x-python"} {
		_, err := domain.NewFile(anID, "photo.png", media, anID, now)
		requireFault(t, err, "file")
	}
}
