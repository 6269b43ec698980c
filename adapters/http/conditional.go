package http

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/sole-platform/sole/domain"
)

// Conditional is a request that may name the versions it applies to (RFC 9110 §13.1.1).
type Conditional struct {
	IfMatch string `header:"If-Match" maxLength:"1000" doc:"The ETag that the change was made for, several of them, or *; another version answers 412."`
}

var (
	// nextTag takes one entity tag and the comma behind it off a list (RFC 9110 §5.6.1, §8.8.3).
	nextTag = regexp.MustCompile(`^[ \t]*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(,[ \t,]*|$)`)
	// versionTag is what etag makes, perhaps with what a compressing proxy appends: Apache,
	// Caddy and Jetty send "7-gzip", "7-br" or "7--gzip" for "7".
	versionTag = regexp.MustCompile(`^([1-9][0-9]{0,18})(--?(gzip|br|zstd|deflate))?$`)
)

// versions reads If-Match; without one, or for *, the list is empty, which accepts every
// version. A tag that is not ours stands as version 0, which no resource has.
//
// A weak tag (W/"7") counts like a strong one, although RFC 9110 §13.1.1 compares strongly:
// compressing proxies such as nginx weaken every tag that passes through, and clients send
// back what they got. It is safe because our tag numbers the state of the resource and not
// the bytes of one representation, so compression cannot change what it names.
func (c Conditional) versions() domain.Versions {
	rest := strings.Trim(c.IfMatch, " \t,")
	if rest == "" || rest == "*" {
		return nil
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
