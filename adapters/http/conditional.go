package http

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/sole-platform/sole/domain"
)

// Conditional is a request that can state which versions of the resource it applies to (RFC 9110 §13.1.1).
type Conditional struct {
	IfMatch string `header:"If-Match" maxLength:"1000" doc:"One or more ETags, or *. A resource with another ETag answers 412."`
}

var (
	// nextTag matches the first entity tag of a list and the comma after it (RFC 9110 §5.6.1, §8.8.3).
	nextTag = regexp.MustCompile(`^[ \t]*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(,[ \t,]*|$)`)
	// versionTag matches a tag created by etag, with or without the suffix of a compressing proxy:
	// Apache, Caddy and Jetty send "7-gzip", "7-br" or "7--gzip" for "7".
	versionTag = regexp.MustCompile(`^([1-9][0-9]{0,18})(--?(gzip|br|zstd|deflate))?$`)
)

// versions returns the versions that If-Match lists. Without the header, and for *, the list is
// nil, which accepts every version. A tag that etag did not create becomes version 0, which no resource has.
//
// A weak tag (W/"7") counts like a strong one, although RFC 9110 §13.1.1 requires the strong
// comparison: compressing proxies such as nginx make every tag weak, and clients send back the
// tag they received. This is safe because the tag is the version of the resource and does not
// depend on how a representation is encoded.
func (c Conditional) versions() domain.Versions {
	rest := strings.Trim(c.IfMatch, " \t,")
	switch {
	case rest == "*" || strings.Trim(c.IfMatch, " \t") == "":
		return nil
	case rest == "": // an empty list matches nothing
		return domain.Versions{0}
	}
	var versions domain.Versions
	for rest != "" {
		tag := nextTag.FindStringSubmatch(rest)
		if tag == nil {
			return append(versions, 0)
		}
		versions = append(versions, versionOf(tag[2]))
		rest = rest[len(tag[0]):]
	}
	return versions
}

func versionOf(opaque string) int64 {
	tag := versionTag.FindStringSubmatch(opaque)
	if tag == nil {
		return 0
	}
	version, err := strconv.ParseInt(tag[1], 10, 64)
	if err != nil {
		return 0
	}
	return version
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }
