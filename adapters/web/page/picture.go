package page

import (
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

const (
	pictureCookie = "sole_picture"
	// pictureCaching lets a browser show a picture again for ten minutes without asking. See PicturePath.
	pictureCaching = "private, max-age=600"
)

// PicturePath returns the path of the caller's own picture. It differs for each account, and after each PictureChanged, so
// that a browser never shows one that it has stored from before.
func (r *Request) PicturePath() string {
	query := url.Values{"of": {string(r.Caller.User.ID)}}
	if version := r.cookie(pictureCookie); version != "" {
		query.Set("v", version)
	}
	return "/account/picture?" + query.Encode()
}

// PictureChanged makes the browser load the caller's own picture anew.
func (r *Request) PictureChanged() {
	r.setCookie(pictureCookie, strconv.FormatInt(r.site.Clock().UnixMilli(), 36), longest)
}

// SendPicture answers with a stored picture, and closes it.
func (r *Request) SendPicture(picture domain.File, content io.ReadCloser) error {
	tag := `"` + string(picture.ID) + `"`
	r.c.Set(fiber.HeaderETag, tag)
	r.c.Set(fiber.HeaderCacheControl, pictureCaching)
	if r.c.Get(fiber.HeaderIfNoneMatch) == tag {
		r.c.Status(fiber.StatusNotModified)
		return content.Close()
	}
	return r.Send(picture, content)
}

// SendMonogram answers with a drawing of a name's initials, which stands for a picture that there is not.
func (r *Request) SendMonogram(name string) error {
	r.c.Set(fiber.HeaderContentType, "image/svg+xml")
	r.c.Set(fiber.HeaderCacheControl, pictureCaching)
	if err := monogram(Initials(name)).Render(r.Context(), r.c.Response().BodyWriter()); err != nil {
		return err
	}
	return r.sandboxed(nil)
}

// Initials returns the first letters of the first and the last word of a name. An address has one word.
func Initials(name string) string {
	local, _, _ := strings.Cut(name, "@")
	words := strings.FieldsFunc(local, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) })
	if len(words) == 0 {
		return "?"
	}
	found := firstLetter(words[0])
	if len(words) > 1 {
		found += firstLetter(words[len(words)-1])
	}
	return strings.ToUpper(found)
}

// firstLetter returns the first character of a word that is no mark of another.
func firstLetter(word string) string {
	for _, c := range word {
		if !unicode.IsMark(c) {
			return string(c)
		}
	}
	return ""
}
