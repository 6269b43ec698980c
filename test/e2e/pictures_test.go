package e2e

import (
	"bytes"
	wire "encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	_ "image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// picture returns a PNG of one colour with a script appended.
func picture(t *testing.T, width, height int, colour color.Color) []byte {
	t.Helper()
	drawn := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			drawn.Set(x, y, colour)
		}
	}
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, drawn))
	return append(out.Bytes(), "<script>"+canary+"</script>"...)
}

func TestAnAvatarIsReencoded(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		s.as(t, member, "GET", "/me/avatar", nil).is(404, "not_found")
		set := s.upload(t, member, "PUT /me/avatar", "../me.html", picture(t, 1200, 800, color.NRGBA{R: 200, A: 255})).is(200, "")
		require.Equal(t, "image/jpeg", set.text("content_type"))
		got := s.as(t, member, "GET", "/me/avatar", nil).is(200, "")
		for name, value := range map[string]string{
			"Content-Type":            "image/jpeg",
			"Content-Disposition":     "attachment; filename=avatar.jpg",
			"X-Content-Type-Options":  "nosniff",
			"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
		} {
			require.Equal(t, value, got.header.Get(name), name)
		}
		require.False(t, strings.Contains(got.raw, canary))
		shown, _, err := image.Decode(strings.NewReader(got.raw))
		require.NoError(t, err)
		require.Equal(t, image.Pt(512, 341), shown.Bounds().Size())
		require.Len(t, s.storedFiles(t), 1)
		s.as(t, member.with("Content-Type", "image/png"), "PUT", "/me/avatar", string(picture(t, 9, 9, color.White))).is(200, "")
		s.as(t, member.with("Content-Type", "image/png"), "PUT", "/me/avatar", strings.Repeat("x", 11<<20)).is(413, "too_large")
		s.as(t, member.with("Content-Type", "image/png"), "PUT", "/me/avatar", strings.Repeat("x", 10<<20+1)).is(413, "too_large")
		s.as(t, member.with("Content-Type", "image/svg+xml"), "PUT", "/me/avatar", "<svg/>").is(422, "invalid")
		s.as(t, member.with("Content-Type", "text/html"), "PUT", "/me/avatar", "<svg/>").is(415, "bad_request")
		untyped := s.as(t, member.with("Content-Type", ""), "PUT", "/me/avatar", string(picture(t, 9, 9, color.White))).is(415, "bad_request")
		require.Contains(t, untyped.text("detail"), "image/png")
		s.upload(t, member, "PUT /me/avatar", "../me.html", picture(t, 1200, 800, color.NRGBA{R: 200, A: 255})).is(200, "")
		require.Len(t, s.storedFiles(t), 1)

		id := s.idOf(t, member.email)
		require.True(t, s.as(t, owner, "GET", "/members/"+id+"/avatar", nil).is(200, "").raw == got.raw)
		s.as(t, member, "GET", "/members/"+id+"/avatar", nil).is(403, "permission_denied")
		s.as(t, owner, "GET", "/members/"+nobody+"/avatar", nil).is(404, "not_found")
		require.Empty(t, s.as(t, owner, "GET", "/files", nil).is(200, "").at("items"), "pictures are not listed as files")

		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"allow_profile_edit": false}).is(200, "")
		s.upload(t, member, "PUT /me/avatar", "a.png", picture(t, 9, 9, color.White)).is(403, "forbidden")
		s.as(t, member, "DELETE", "/me/avatar", nil).is(403, "forbidden")
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"allow_profile_edit": true}).is(200, "")
		s.as(t, member, "DELETE", "/me/avatar", nil).is(204, "")
		s.as(t, member, "GET", "/me/avatar", nil).is(404, "not_found")
		s.as(t, member, "DELETE", "/me/avatar", nil).is(404, "not_found")
		require.Empty(t, s.storedFiles(t))
		for action, n := range map[domain.EventName]int{domain.EventAvatarReplaced: 3, domain.EventAvatarRemoved: 1} {
			require.Len(t, s.auditEvents(t, owner, string(action)), n, action)
		}
	})
}

func TestAllMembersSeeTheLogoAndAdministratorsSetIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		s.as(t, member, "GET", "/org/logo", nil).is(404, "not_found")
		set := s.upload(t, owner, "PUT /org/logo", "a.png", picture(t, 30, 20, color.NRGBA{G: 9, A: 9})).is(200, "")
		require.Equal(t, "image/png", set.text("content_type"))
		s.upload(t, member, "PUT /org/logo", "a.png", picture(t, 30, 20, color.White)).is(403, "permission_denied")
		s.as(t, member, "DELETE", "/org/logo", nil).is(403, "permission_denied")
		require.Equal(t, "image/png", s.as(t, member, "GET", "/org/logo", nil).is(200, "").header.Get("Content-Type"))
		s.as(t, owner, "DELETE", "/org/logo", nil).is(204, "")
		s.as(t, owner, "DELETE", "/org/logo", nil).is(404, "not_found")
		require.Empty(t, s.storedFiles(t))
	})
}

func TestAnInvalidPictureIsRefusedAndNotStored(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	owner := s.enroll(t)
	whole := picture(t, 40, 40, color.Black)
	for _, content := range []string{
		"", "<!DOCTYPE html>", `<svg xmlns="http://www.w3.org/2000/svg"/>`, "%PDF-1.7", string(whole[:len(whole)/3]),
		hugePNG(50_000, 50_000), hugePNG(1, 1<<26),
	} {
		for _, path := range []string{"/me/avatar", "/org/logo"} {
			s.upload(t, owner, "PUT "+path, "a.png", []byte(content)).is(422, "invalid")
			require.Empty(t, s.storedFiles(t))
		}
	}
	s.upload(t, owner, "PUT /me/avatar", "a.png", bytes.Repeat([]byte("x"), 11<<20)).is(413, "too_large")
	require.Empty(t, s.storedFiles(t))
}

// hugePNG returns a small file that decodes to a huge image.
func hugePNG(width, height uint32) string {
	head := wire.BigEndian.AppendUint32(wire.BigEndian.AppendUint32([]byte("IHDR"), width), height)
	head = append(head, 8, 6, 0, 0, 0)
	return "\x89PNG\r\n\x1a\n\x00\x00\x00\r" + string(wire.BigEndian.AppendUint32(head, crc32.ChecksumIEEE(head)))
}

// TestParallelAvatarUploadsLeaveOneFile also checks that the replaced pictures are removed from the disk.
func TestParallelAvatarUploadsLeaveOneFile(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s.enroll(t)
		member, content := s.member(t), picture(t, 64, 64, color.White)
		set := 0
		for _, a := range parallel(16, func(int) answer { return s.upload(t, member, "PUT /me/avatar", "a.png", content) }) {
			require.Contains(t, []int{200, 503}, a.status, a.raw)
			if a.status == 200 {
				set++
			}
		}
		require.Positive(t, set)
		require.Len(t, s.storedFiles(t), 1)
		s.as(t, member, "GET", "/me/avatar", nil).is(200, "")
	})
}

func TestRemovingAnAccountRemovesItsAvatar(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		s.upload(t, member, "PUT /me/avatar", "a.png", picture(t, 64, 64, color.White)).is(200, "")
		require.Len(t, s.storedFiles(t), 1)
		s.as(t, owner, "DELETE", "/members/"+s.idOf(t, member.email), nil).is(204, "")
		require.Empty(t, s.storedFiles(t))
	})
}
