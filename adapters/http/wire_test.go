package http

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
)

const (
	canary       = "CANARY-9c0e"
	live         = "GET /api/v1/health/live HTTP/1.1\r\nHost: a\r\n"
	login        = "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
	secretHeader = "Authorization: Bearer " + canary + "\r\n"
)

// TestMalformedRequestsAreRefusedOnce checks that each gets at most one response, a 4xx. A second response
// would mean that the rest was parsed as another request (request smuggling).
func TestMalformedRequestsAreRefusedOnce(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	smuggled := live + "\r\n"
	for name, raw := range map[string]string{
		"two lengths":       login + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}" + smuggled,
		"two equal lengths": login + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + smuggled,
		"a list of lengths": login + "Content-Length: 2, 2\r\n\r\n{}" + smuggled,
		"a negative length": login + "Content-Length: -2\r\n\r\n{}" + smuggled,
		"a signed length":   login + "Content-Length: +2\r\n\r\n{}" + smuggled,
		"a length in hex":   login + "Content-Length: 0x2\r\n\r\n{}" + smuggled,
		"a huge length":     login + "Content-Length: 99999999999999999999\r\n\r\n{}" + smuggled,
		"an empty length":   login + "Content-Length: \r\n\r\n" + smuggled,
		"length and chunks": login + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + smuggled,
		"chunks and length": login + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + smuggled,
		"an odd coding":     login + "Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + smuggled,
		"chunked, identity": login + "Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + smuggled,
		"two codings": login + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n" +
			smuggled,
		"a space before the colon":        login + "Content-Length : 2\r\n\r\n{}" + smuggled,
		"a space before the coding colon": login + "Transfer-Encoding : chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + smuggled,
		"a trailer":                       login + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Org-Id: b\r\n\r\n" + smuggled,
		"a folded trailer":                login + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-A: b\r\n c\r\n\r\n" + smuggled,
		"a bad chunk":                     login + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n" + smuggled,
		"a huge chunk":                    login + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n" + smuggled,
		"length, bare LF, chunks":         login + "Content-Length: 2\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + smuggled,
		"folded coding":                   login + "Transfer-Encoding:\r\n chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + smuggled,
		"a chunk ended by bare LF":        login + "Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n" + smuggled,
		"bare LF":                         "GET /api/v1/health/live HTTP/1.1\nHost: a\n\n",
		"bare CR in a header":             live + "X-A: b\rX-B: c\r\n\r\n",
		"two hosts":                       live + "Host: b\r\n\r\n",
		"no host":                         "GET /api/v1/health/live HTTP/1.1\r\n\r\n",
		"a NUL in a header":               live + "X-A: b\x00c\r\n\r\n",
		"a NUL in a header's name":        live + "X-\x00A: b\r\n\r\n",
		"no name":                         live + ": b\r\n\r\n",
		"no colon":                        live + canary + "\r\n\r\n",
		"a NUL in the path":               "GET /api/v1/\x00me HTTP/1.1\r\nHost: a\r\n\r\n",
		"a space in the path":             "GET /api/v1/health/live x HTTP/1.1\r\nHost: a\r\n\r\n",
		"no version":                      "GET /api/v1/health/live\r\n\r\n",
		"version 2":                       "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"no method":                       " /api/v1/health/live HTTP/1.1\r\nHost: a\r\n\r\n",
		"an odd method":                   "BREW /api/v1/health/live HTTP/1.1\r\nHost: a\r\n\r\n",
		"a method in lower case":          "get /api/v1/health/live HTTP/1.1\r\nHost: a\r\n\r\n",
		"a long method":                   strings.Repeat("A", 5000) + " / HTTP/1.1\r\nHost: a\r\n\r\n",
		"TLS":                             "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 40) + "\r\n\r\n",
		"garbage":                         strings.Repeat("\xff\xfe\x00", 200) + "\r\n\r\n",
		"CONNECT":                         "CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\n",
		"TRACE":                           "TRACE /api/v1/health/live HTTP/1.1\r\nHost: a\r\n" + secretHeader + "\r\n",
		"a large header":                  live + "X-A: " + strings.Repeat("x", 20<<10) + "\r\n\r\n",
		"many headers":                    live + strings.Repeat("X-A: xxxxxxxxxxxxxxxxxxx\r\n", 1000) + "\r\n",
		"a long path":                     "GET /" + strings.Repeat("x", 20<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			replies := s.send(t, raw)
			for _, r := range replies {
				t.Logf("%d %s", r.StatusCode, r.raw)
			}
			require.LessOrEqual(t, len(replies), 1, "one answer at most")
			if len(replies) == 1 {
				require.Less(t, replies[0].StatusCode, 500)
				replies[0].isProblem(t, name)
				require.NotContains(t, replies[0].raw, canary)
			}
		})
	}
	s.alive(t)
	require.NotContains(t, s.log.String(), canary)
}

// TestAmbiguousFramingIsRefused: a proxy in front may read these requests differently, so the next
// request on the connection must not be answered.
func TestAmbiguousFramingIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for name, lines := range map[string]string{
		"a bare LF":                 "X-A: b\nX-B: c\r\n",
		"a bare LF at the end":      "X-A: b\n",
		"a folded line":             "X-A: b\r\n c\r\n",
		"a line folded by a tab":    "X-A: b\r\n\tc\r\n",
		"a fold with a colon":       "X-A: b\r\n Content-Length: 5\r\n",
		"an empty fold":             "X-A: b\r\n \r\n",
		"a folded empty value":      "X-A:\r\n b\r\n",
		"a folded token":            "Authorization: Bearer\r\n x\r\n",
		"two folded lines":          "X-A: b\r\n c\r\n d\r\nX-B: e\r\n f\r\n",
		"a space in a name":         "Content- Length: 5\r\n",
		"a space before the colon":  "X-A : b\r\n",
		"a tab before the colon":    "X-A\t: b\r\n",
		"two names":                 "X-A Transfer-Encoding: chunked\r\n",
		"two tokens":                "Authorization: Bearer a\r\nauthorization: Bearer a\r\n",
		"two orgs":                  "X-Org-Id: a\r\nX-A: b\r\nX-ORG-ID: b\r\n",
		"two types":                 "Content-Type: text/csv\r\nContent-Type: application/json\r\n",
		"a fold after a good field": "X-A: b\r\nX-B: c\r\n d\r\nX-C: e\r\n",
	} {
		replies := s.send(t, live+lines+"\r\n"+live+"\r\n")
		require.Len(t, replies, 1, name)
		require.Equal(t, 400, replies[0].StatusCode, name)
		require.True(t, replies[0].Close, name)
		replies[0].isProblem(t, name)
	}
	folded := strings.Replace(live, "Host: a\r\n", "\r\n Host: a\r\n", 1) // the first line cannot be a continuation
	require.Len(t, s.send(t, folded+"\r\n"), 1)
	padded := live + "X-A:b\r\nX-B:  c d\t\r\nX-C:\r\nX-D: e:f\r\n\r\n" + live + "\r\n"
	require.Len(t, s.send(t, padded), 2, "blanks around and within a value are accepted")
	s.alive(t)
}

func TestOnlyHTTP1IsAccepted(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for version, status := range map[string]int{
		"HTTP/1.0": 200, "HTTP/1.1": 200, "HTTP/1.2": 200, // a higher minor version is compatible (RFC 9110 §6.2)
		"HTTP/2.0": 505, "HTTP/3.0": 505, "HTTP/0.9": 505, "HTTP/9.9": 505,
		"HTTP/2": 400, "HTTP/1": 400, "HTTP/1.10": 400, "http/1.1": 400, "HTTPS/1.1": 400,
	} {
		replies := s.send(t, "GET /api/v1/health/live "+version+"\r\nHost: a\r\nConnection: close\r\n\r\n"+live+"\r\n")
		require.Len(t, replies, 1, version)
		require.Equal(t, status, replies[0].StatusCode, "%s: %s", version, replies[0].raw)
		if status != 200 {
			replies[0].isProblem(t, version)
			require.Equal(t, "bad_request", replies[0].body["code"], version)
		}
	}
	require.Equal(t, 505, s.send(t, "GET /api/v1/health/live HTTP/2.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"+live+"\r\n")[0].StatusCode)
	require.Equal(t, 400, s.send(t, "GET /api/v1/health/live HTTP/1.2\r\n\r\n")[0].StatusCode, "since HTTP/1.1 a request must name its host")
	require.Equal(t, 200, s.send(t, "GET /api/v1/health/live HTTP/1.0\r\n\r\n")[0].StatusCode)
	require.NotContains(t, s.log.String(), `"level":"ERROR"`, "a mistake of a client is not logged as an error")
}

func TestBodiesThatAreNoJSONAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, err := zip.Write([]byte(strings.Repeat(" ", 8<<20)))
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	paths := 0
	for path, item := range s.OpenAPI().Paths {
		if item.Post == nil || item.Post.RequestBody == nil || len(item.Post.Security) > 0 {
			continue
		}
		paths++
		with := func(body string, headers ...string) string {
			return post(path, body, append(headers, fmt.Sprint("Content-Length: ", len(body)))...)
		}
		chunked := func(size int) string {
			return post(path, fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", size, strings.Repeat(" ", size)), "Transfer-Encoding: chunked")
		}
		typed := func(media, body string) string {
			return strings.Replace(with(body), "application/json", media, 1)
		}
		for name, c := range map[string]struct {
			raw    string
			status int
		}{
			"gzip":     {with(packed.String(), "Content-Encoding: gzip"), 415},
			"identity": {with("{}", "Content-Encoding: identity"), 415},
			"br, gzip": {with("{}", "Content-Encoding: br", "Content-Encoding: gzip"), 415},
			"a form":   {typed("application/x-www-form-urlencoded", "email="+canary), 415},
			"multipart": {typed("multipart/form-data; boundary=x",
				"--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n"+canary+"\r\n--x--\r\n"), 415},
			"XML":                  {typed("application/xml", "<email>"+canary+"</email>"), 415},
			"text":                 {typed("text/plain", canary), 415},
			"no type":              {strings.Replace(with("{}"), "Content-Type: application/json\r\n", "", 1), 415},
			"JSON of another kind": {typed("application/json-patch+json", "[]"), 415},
			"a megabyte":           {with(strings.Repeat(" ", 1<<20)), 413},
			"a megabyte in chunks": {chunked(1 << 20), 413},
			"just too much":        {with(strings.Repeat(" ", 512<<10+1)), 413},
			"just too much chunks": {chunked(512<<10 + 1), 413},
			"just enough":          {with(strings.Repeat(" ", 512<<10-1)), 400},
			"UTF-16":               {with("\xff\xfe{\x00}\x00"), 400},
			"a byte order mark":    {with("\xef\xbb\xbf{}"), 400},
			"a comment":            {with("{/* " + canary + " */}"), 400},
			"NaN":                  {with(`{"email":NaN}`), 400},
			"a deep object":        {with(strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)), 400},
			"a deeper list":        {with(strings.Repeat("[", 100_000)), 400},
			"a huge number":        {with(`{"email":1e999999}`), 400},
			"a prototype":          {with(`{"__proto__":{"email":"` + canary + `"}}`), 422},
		} {
			replies := s.send(t, c.raw)
			require.Len(t, replies, 1, "%s: %s", path, name)
			require.Equal(t, c.status, replies[0].StatusCode, "%s: %s: %s", path, name, replies[0].raw)
			replies[0].isProblem(t, name)
			require.NotContains(t, replies[0].raw, canary, name)
		}
	}
	require.GreaterOrEqual(t, paths, 6)
	s.alive(t)
	require.NotContains(t, s.log.String(), "panic", "no request reached a use case")
	require.NotContains(t, s.log.String(), canary)
}

// TestNoSpellingOfAPathAvoidsAuthentication relies on the panic of a request that passes authentication,
// because the use cases have no dependencies.
func TestNoSpellingOfAPathAvoidsAuthentication(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, path := range []string{
		"//api/v1/me", "///api/v1/me", "/api//v1/me", "/./api/v1/me", "/x/../api/v1/me", "/api/v1/./me", "/api/v1/x/../me", "/%61pi/v1/me",
		"/api/v1/m%65", "/api%2fv1%2fme",
		"/api/v1/me/", "/api/v1/me//", "/api/v1/me/.", "/api/v1/me;x=y", "/api/v1/me%00", "/api/v1/me%20", "/api/v1/me.json", "/API/V1/ME",
		`/api\v1\me`, "/api/v1/health/../me",
		"/api/v1/health/..%2fme", "/docs/../api/v1/me", "/docs/assets/..%2f..%2fapi%2fv1%2fme", "/api/v1/me?x=/api/v1/health/live",
		"/api/v1/me#health", "http://a/api/v1/me", "http://evil.example/api/v1/me",
		"/docs/assets/../../../../etc/passwd", "/docs/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/docs/assets/", "/docs/assets/.",
		"/docs/assets/..", "*",
	} {
		for _, method := range []string{"GET", "HEAD", "DELETE"} {
			replies := s.send(t, method+" "+path+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
			require.Len(t, replies, 1, "%s %s", method, path)
			require.Contains(t, []int{400, 401, 404, 405}, replies[0].StatusCode, "%s %s: %s", method, path, replies[0].raw)
			if method != "HEAD" {
				replies[0].isProblem(t, path)
			}
		}
	}
	require.NotContains(t, s.log.String(), "panic")
}

func methods(item *huma.PathItem) map[string]bool {
	if item == nil {
		item = &huma.PathItem{}
	}
	return map[string]bool{
		"GET": item.Get != nil, "POST": item.Post != nil, "PUT": item.Put != nil, "PATCH": item.Patch != nil, "DELETE": item.Delete != nil,
	}
}

func TestAWrongMethodIsAnsweredWithTheAllowedOnes(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for path, item := range s.OpenAPI().Paths {
		wider := methods(s.OpenAPI().Paths[path[:strings.LastIndex(path, "/")+1]+"{id}"]) // at this path, too
		for method, there := range methods(item) {
			if there || wider[method] {
				continue
			}
			path := strings.ReplaceAll(path, "{id}", "00000000-0000-4000-8000-00000000dead")
			replies := s.send(t, method+" "+path+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			require.Len(t, replies, 1)
			require.Equal(t, 405, replies[0].StatusCode, "%s %s: %s", method, path, replies[0].raw)
			replies[0].isFailure(t, path)
			allow := replies[0].Header.Get("Allow")
			require.NotEmpty(t, allow, "%s %s", method, path)
			require.NotContains(t, strings.Split(allow, ", "), method)
		}
	}
	for _, method := range []string{"BREW", "PROPFIND", "OPTIONS"} {
		replies := s.send(t, method+" /api/v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		require.Len(t, replies, 1)
		require.Equal(t, 405, replies[0].StatusCode, replies[0].raw)
		replies[0].isProblem(t, method)
		require.Contains(t, replies[0].Header.Get("Allow"), "GET", method)
	}
}

func TestAPanicIsA500WithoutDetails(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	body := `{"email":"` + canary + `@example.org","password":"` + canary + `"}`
	for range 3 {
		replies := s.send(t, post("/api/v1/auth/login", body, fmt.Sprint("Content-Length: ", len(body))))
		require.Len(t, replies, 1)
		require.Equal(t, 500, replies[0].StatusCode)
		replies[0].isProblem(t, "panic")
		require.Equal(t, "internal", replies[0].body["code"])
		require.NotContains(t, replies[0].raw, "nil pointer")
		require.NotContains(t, replies[0].raw, ".go")
		require.NotContains(t, replies[0].raw, canary)
	}
	require.Contains(t, s.log.String(), "nil pointer", "the log has the cause")
	require.NotContains(t, s.log.String(), canary)
	s.alive(t)
}
