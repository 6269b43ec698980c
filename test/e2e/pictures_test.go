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

// picture is a PNG of one colour, with something in it that is no picture.
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

func TestAnAvatarIsDrawnAnew(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		s.as(t, member, "GET", "/me/avatar", nil).is(404, "not_found")
		set := s.upload(t, member, "PUT", "/me/avatar", "../me.html", picture(t, 1200, 800, color.NRGBA{R: 200, A: 255})).is(200, "")
		require.Equal(t, "image/jpeg", set.text("content_type"))
		got := s.as(t, member, "GET", "/me/avatar", nil).is(200, "")
		require.Equal(t, []string{"image/jpeg", "attachment; filename=avatar.jpg", "nosniff", "sandbox; default-src 'none'; frame-ancestors 'none'"},
			[]string{got.header.Get("Content-Type"), got.header.Get("Content-Disposition"), got.header.Get("X-Content-Type-Options"), got.header.Get("Content-Security-Policy")})
		require.False(t, strings.Contains(got.raw, canary))
		shown, _, err := image.Decode(strings.NewReader(got.raw))
		require.NoError(t, err)
		require.Equal(t, image.Pt(512, 341), shown.Bounds().Size())
		require.Len(t, s.kept(t), 1)
		s.as(t, member, "PUT", "/me/avatar", string(picture(t, 9, 9, color.White)), "Content-Type", "image/png").is(200, "")
		s.as(t, member, "PUT", "/me/avatar", strings.Repeat("x", 11<<20), "Content-Type", "image/png").is(413, "too_large")
		s.as(t, member, "PUT", "/me/avatar", strings.Repeat("x", 10<<20+1), "Content-Type", "image/png").is(413, "too_large")
		s.as(t, member, "PUT", "/me/avatar", "<svg/>", "Content-Type", "image/svg+xml").is(422, "invalid")
		s.as(t, member, "PUT", "/me/avatar", "<svg/>", "Content-Type", "text/html").is(415, "bad_request")
		untyped := s.as(t, member, "PUT", "/me/avatar", string(picture(t, 9, 9, color.White)), "Content-Type", "").is(415, "bad_request")
		require.Contains(t, untyped.text("detail"), "image/png")
		s.upload(t, member, "PUT", "/me/avatar", "../me.html", picture(t, 1200, 800, color.NRGBA{R: 200, A: 255})).is(200, "")
		require.Len(t, s.kept(t), 1)

		id := s.idOf(t, member.email)
		require.True(t, s.as(t, owner, "GET", "/members/"+id+"/avatar", nil).is(200, "").raw == got.raw)
		s.as(t, member, "GET", "/members/"+id+"/avatar", nil).is(403, "permission_denied")
		s.as(t, owner, "GET", "/members/"+nobody+"/avatar", nil).is(404, "not_found")
		require.Empty(t, s.as(t, owner, "GET", "/files", nil).is(200, "").at("items"), "a picture is no plain file")

		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"allow_profile_edit": false}).is(200, "")
		s.upload(t, member, "PUT", "/me/avatar", "a.png", picture(t, 9, 9, color.White)).is(403, "forbidden")
		s.as(t, member, "DELETE", "/me/avatar", nil).is(403, "forbidden")
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"allow_profile_edit": true}).is(200, "")
		s.as(t, member, "DELETE", "/me/avatar", nil).is(204, "")
		s.as(t, member, "GET", "/me/avatar", nil).is(404, "not_found")
		s.as(t, member, "DELETE", "/me/avatar", nil).is(404, "not_found")
		require.Empty(t, s.kept(t))
		for _, action := range []domain.EventName{domain.EventAvatarReplaced, domain.EventAvatarRemoved} {
			require.Len(t, s.happened(t, owner, string(action)), map[domain.EventName]int{domain.EventAvatarReplaced: 3, domain.EventAvatarRemoved: 1}[action], action)
		}
	})
}

func TestALogoIsSetByThoseWhoMayAndSeenByAll(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		s.as(t, member, "GET", "/org/logo", nil).is(404, "not_found")
		require.Equal(t, "image/png", s.upload(t, owner, "PUT", "/org/logo", "a.png", picture(t, 30, 20, color.NRGBA{G: 9, A: 9})).is(200, "").text("content_type"))
		s.upload(t, member, "PUT", "/org/logo", "a.png", picture(t, 30, 20, color.White)).is(403, "permission_denied")
		s.as(t, member, "DELETE", "/org/logo", nil).is(403, "permission_denied")
		require.Equal(t, "image/png", s.as(t, member, "GET", "/org/logo", nil).is(200, "").header.Get("Content-Type"))
		s.as(t, owner, "DELETE", "/org/logo", nil).is(204, "")
		s.as(t, owner, "DELETE", "/org/logo", nil).is(404, "not_found")
		require.Empty(t, s.kept(t))
	})
}

func TestWhatIsNoPictureIsRefusedAndNotKept(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	owner := s.enroll(t)
	whole := picture(t, 40, 40, color.Black)
	for _, content := range []string{
		"", "<!DOCTYPE html>", `<svg xmlns="http://www.w3.org/2000/svg"/>`, "%PDF-1.7", string(whole[:len(whole)/3]), hugePNG(50_000, 50_000), hugePNG(1, 1<<26),
	} {
		for _, path := range []string{"/me/avatar", "/org/logo"} {
			s.upload(t, owner, "PUT", path, "a.png", []byte(content)).is(422, "invalid")
			require.Empty(t, s.kept(t))
		}
	}
	s.upload(t, owner, "PUT", "/me/avatar", "a.png", bytes.Repeat([]byte("x"), 11<<20)).is(413, "too_large")
	require.Empty(t, s.kept(t))
}

// hugePNG is a small file that unpacks to a huge image.
func hugePNG(width, height uint32) string {
	head := wire.BigEndian.AppendUint32(wire.BigEndian.AppendUint32([]byte("IHDR"), width), height)
	head = append(head, 8, 6, 0, 0, 0)
	return "\x89PNG\r\n\x1a\n\x00\x00\x00\r" + string(wire.BigEndian.AppendUint32(head, crc32.ChecksumIEEE(head)))
}

// TestAvatarsThatAreReplacedAtOnceLeaveOne: of the others nothing stays, not even on the disk.
func TestAvatarsThatAreReplacedAtOnceLeaveOne(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s.enroll(t)
		member, content := s.member(t), picture(t, 64, 64, color.White)
		set := 0
		for _, a := range parallel(16, func(int) answer { return s.upload(t, member, "PUT", "/me/avatar", "a.png", content) }) {
			require.Contains(t, []int{200, 503}, a.status, a.raw)
			if a.status == 200 {
				set++
			}
		}
		require.Positive(t, set)
		require.Len(t, s.kept(t), 1)
		s.as(t, member, "GET", "/me/avatar", nil).is(200, "")
	})
}

func TestAnAvatarGoesWithItsAccount(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		s.upload(t, member, "PUT", "/me/avatar", "a.png", picture(t, 64, 64, color.White)).is(200, "")
		require.Len(t, s.kept(t), 1)
		s.as(t, owner, "DELETE", "/members/"+s.idOf(t, member.email), nil).is(204, "")
		require.Empty(t, s.kept(t))
	})
}
