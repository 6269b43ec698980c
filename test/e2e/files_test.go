package e2e

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// form returns a multipart body with one file, as a browser would send it.
func form(t *testing.T, name string, content []byte) (body, media string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	disposition := `form-data; name="file"; filename="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}, "Content-Type": {"image/png"}})
	require.NoError(t, err)
	_, err = part.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.String(), w.FormDataContentType()
}

// upload sends content as a file of that name; to is the method and the path, as in "POST /files".
func (s *service) upload(t *testing.T, who account, to, name string, content []byte) answer {
	t.Helper()
	body, media := form(t, name, content)
	method, path, _ := strings.Cut(to, " ")
	return s.as(t, who.with("Content-Type", media), method, path, body)
}

// storedFiles returns the files in the upload folder, as org/name.
func (s *service) storedFiles(t *testing.T) (names []string) {
	t.Helper()
	root := s.app.Config.UploadDir
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(root, path)
			names = append(names, name)
		}
		return err
	})
	require.NoError(t, err)
	return names
}

var aPNG = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR and so on")

func TestAFileIsStoredServedAndRemoved(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, member := s.enroll(t), s.member(t)
		content := append(bytes.Repeat([]byte("all work and no play\n"), 200_000), "Grüße"...)
		stored := s.upload(t, owner, "POST /files", "Übersicht 2026.txt", content).is(201, "")
		id, path := stored.text("id"), strings.TrimPrefix(stored.header.Get("Location"), "/api/v1")
		require.Equal(t, "/files/"+id, path)
		require.Equal(t, []any{"Übersicht 2026.txt", "text/plain", float64(len(content))},
			[]any{stored.at("name"), stored.at("content_type"), stored.at("size")})
		require.Equal(t, []string{string(s.app.Config.DefaultOrgID) + "/" + id}, s.storedFiles(t), "the disk has no name that a client chose")

		got := s.as(t, owner, "GET", path, nil).is(200, "")
		require.True(t, got.raw == string(content))
		for name, value := range map[string]string{
			"Content-Type": "text/plain", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'", "Cross-Origin-Resource-Policy": "same-origin",
			"Content-Length": fmt.Sprint(len(content)),
		} {
			require.Equal(t, value, got.header.Get(name), name)
		}
		kind, params, err := mime.ParseMediaType(got.header.Get("Content-Disposition"))
		require.NoError(t, err)
		require.Equal(t, []string{"attachment", "Übersicht 2026.txt"}, []string{kind, params["filename"]})
		require.Empty(t, s.call(t, "HEAD", "/api/v1"+path, nil, "Authorization", "Bearer "+owner.access).is(200, "").raw)

		second := s.upload(t, owner, "POST /files", "b.png", aPNG).is(201, "").text("id")
		first := s.as(t, owner, "GET", "/files?limit=1", nil).is(200, "")
		require.Equal(t, []string{second}, ids(first.at("items")))
		next := s.as(t, owner, "GET", "/files?limit=1&cursor="+first.text("next_cursor"), nil).is(200, "")
		require.Equal(t, []string{id}, ids(next.at("items")))

		s.as(t, member, "GET", path, nil).is(403, "permission_denied")
		s.as(t, member, "GET", "/files", nil).is(403, "permission_denied")
		s.as(t, member, "DELETE", path, nil).is(403, "permission_denied")
		s.upload(t, member, "POST /files", "b.png", aPNG).is(403, "permission_denied")
		s.call(t, "GET", "/api/v1"+path, nil).is(401, "unauthenticated")
		s.as(t, owner, "GET", "/files/"+nobody, nil).is(404, "not_found")
		for _, trick := range []string{"..%2f..%2fsole.db", "%2e%2e", "secret_key", id + ".part"} {
			s.as(t, owner, "GET", "/files/"+trick, nil).is(404, "not_found")
		}

		s.as(t, owner, "GET", "/files/"+strings.ToUpper(id), nil).is(200, "")
		s.as(t, owner, "DELETE", path, nil).is(204, "")
		s.as(t, owner, "GET", path, nil).is(404, "not_found")
		s.as(t, owner, "DELETE", path, nil).is(404, "not_found")
		require.Len(t, s.storedFiles(t), 1)
		for action, n := range map[domain.EventName]int{domain.EventFileStored: 2, domain.EventFileRemoved: 1} {
			require.Len(t, s.auditEvents(t, owner, string(action)), n, action)
		}
	})
}

func TestTheContentTypeComesFromTheContentNotTheName(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	owner := s.enroll(t)
	for _, c := range []struct{ name, content string }{
		{"photo.png", "<!DOCTYPE html><script>alert(1)</script>"},
		{"photo.png", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`},
		{"notes.txt", "  <script>alert(1)</script>"},
		{"notes.txt", "#!/bin/sh\nrm -rf /\n"},
		{"invoice.pdf", "MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff"},
		{"photo.png", "\x7fELF\x02\x01\x01\x00"},
		{"photo.png", "\x00\x01\x02\x03\x04"},
		{"empty.png", ""},
	} {
		a := s.upload(t, owner, "POST /files", c.name, []byte(c.content)).is(422, "invalid")
		require.Equal(t, "body.file", a.at("errors").([]any)[0].(map[string]any)["location"], a.raw)
	}
	require.Empty(t, s.storedFiles(t))
	for sent, kept := range map[string]string{
		"page.html":                 "page.html.png",
		"../../../etc/cron.d/x.png": "x.png",
		`..\..\win.png`:             "win.png",
		"a\u202egnp.exe":            "agnp.exe.png",
		"":                          "file.png",
		`x"; filename="evil.exe`:    `x"; filename="evil.exe.png`,
	} {
		stored := s.upload(t, owner, "POST /files", sent, aPNG).is(201, "")
		require.Equal(t, kept, stored.text("name"))
		got := s.as(t, owner, "GET", "/files/"+stored.text("id"), nil).is(200, "")
		require.Equal(t, "image/png", got.header.Get("Content-Type"))
		_, params, err := mime.ParseMediaType(got.header.Get("Content-Disposition"))
		require.NoError(t, err)
		require.Equal(t, kept, params["filename"])
	}
	for _, name := range s.storedFiles(t) {
		org, id, _ := strings.Cut(name, "/")
		require.True(t, domain.IsID(org) && domain.IsID(id), name)
	}
}

func TestAnUploadFormHasExactlyOneFile(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	owner := s.enroll(t)
	part := func(name string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"a.txt\"\r\n\r\nsome text\r\n"
	}
	for name, c := range map[string]struct {
		body, media string
		status      int
	}{
		"no form":            {"some text", "multipart/form-data; boundary=x", 400},
		"no boundary":        {part("file") + "--x--\r\n", "multipart/form-data", 400},
		"no end":             {part("file"), "multipart/form-data; boundary=x", 400},
		"cut short":          {part("file")[:70], "multipart/form-data; boundary=x", 400},
		"no parts":           {"--x--\r\n", "multipart/form-data; boundary=x", 400},
		"another name":       {part("avatar") + "--x--\r\n", "multipart/form-data; boundary=x", 422},
		"two files":          {part("file") + part("file") + "--x--\r\n", "multipart/form-data; boundary=x", 422},
		"another member":     {part("file") + part("org_id") + "--x--\r\n", "multipart/form-data; boundary=x", 422},
		"a member before":    {part("org_id") + part("file") + "--x--\r\n", "multipart/form-data; boundary=x", 422},
		"another media type": {`{"file":"x"}`, "application/json", 415},
		"no media type":      {"some text", "", 415},
		"nothing":            {"", "multipart/form-data; boundary=x", 400},
	} {
		a := s.as(t, owner.with("Content-Type", c.media), "POST", "/files", c.body)
		require.Equal(t, c.status, a.status, "%s: %s", name, a.raw)
		a.is(c.status, a.text("code"))
	}
	require.Empty(t, s.storedFiles(t))
	s.upload(t, owner, "POST /files", "a.txt", []byte("some text")).is(201, "")
}

// TestATooLargeFileIsRefusedDuringTheUpload sends files with and without a Content-Length. None of them may stay.
func TestATooLargeFileIsRefusedDuringTheUpload(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	s := start(t, deployments[0], func(c *bootstrap.Config) { c.MaxUploadBytes = limit })
	owner := s.enroll(t)
	send := func(size int, declared bool) *http.Response {
		body, media := form(t, "a.txt", bytes.Repeat([]byte("x"), size))
		var reader io.Reader = strings.NewReader(body)
		if !declared {
			reader = io.MultiReader(reader) // hides the length
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1/files", reader)
		require.NoError(t, err)
		request.Header.Set("Content-Type", media)
		request.Header.Set("Authorization", "Bearer "+owner.access)
		response, err := httpClient.Do(request)
		require.NoError(t, err)
		t.Cleanup(func() { _ = response.Body.Close() })
		return response
	}
	for _, declared := range []bool{true, false} {
		require.Equal(t, 201, send(limit, declared).StatusCode, "declared: %v", declared)
		require.Equal(t, 413, send(limit+1, declared).StatusCode, "declared: %v", declared)
		require.Equal(t, 413, send(3*limit, declared).StatusCode, "declared: %v", declared)
	}
	require.Len(t, s.storedFiles(t), 2)
	s.get(t, "/me", owner.access).is(200, "")
}

// TestFilesOfAnOrgHaveAQuota also checks that the API reports it.
func TestFilesOfAnOrgHaveAQuota(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], func(c *bootstrap.Config) { c.MaxOrgUploadBytes = 1000 })
	owner := s.enroll(t)
	first := s.upload(t, owner, "POST /files", "a.txt", bytes.Repeat([]byte("x"), 900)).is(201, "").text("id")
	full := s.upload(t, owner, "POST /files", "a.txt", bytes.Repeat([]byte("x"), 101)).is(507, "insufficient_storage")
	require.Contains(t, full.text("detail"), "use 900 of 1000 bytes")
	require.Equal(t, map[string]any{"used_bytes": 900.0, "limit_bytes": 1000.0},
		s.as(t, owner, "GET", "/files", nil).is(200, "").at("storage"))
	s.as(t, owner, "DELETE", "/files/"+first, nil).is(204, "")
	s.upload(t, owner, "POST /files", "a.txt", bytes.Repeat([]byte("x"), 101)).is(201, "")
	require.Len(t, s.storedFiles(t), 1)

	// A pipe or another special file in the folder must not block a request or the shutdown.
	name := filepath.Join(s.app.Config.UploadDir, s.storedFiles(t)[0])
	require.NoError(t, os.Remove(name))
	require.NoError(t, syscall.Mkfifo(name, 0o600))
	s.as(t, owner, "GET", "/files/"+filepath.Base(name), nil).is(500, "internal")
}

// TestAnInterruptedUploadLeavesNoFile closes the connection in the middle of an upload.
func TestAnInterruptedUploadLeavesNoFile(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	owner := s.enroll(t)
	body, media := form(t, "a.txt", bytes.Repeat([]byte("x"), 1<<20))
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	require.NoError(t, err)
	_, err = fmt.Fprintf(conn,
		"POST /api/v1/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		owner.access, media, len(body), body[:512<<10])
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(s.storedFiles(t)) == 1 }, 5*time.Second, 10*time.Millisecond, "the upload has begun")
	require.NoError(t, conn.Close())
	require.Eventually(t, func() bool { return len(s.storedFiles(t)) == 0 }, 5*time.Second, 10*time.Millisecond)
	require.Empty(t, s.as(t, owner, "GET", "/files", nil).is(200, "").at("items"))
}

// TestAnUnauthorizedUploadWritesNothingToDisk: a caller without the permission is refused before
// anything is stored.
func TestAnUnauthorizedUploadWritesNothingToDisk(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	s.enroll(t)
	member := s.member(t)
	big := bytes.Repeat([]byte("x"), 9<<20)
	s.upload(t, account{}, "POST /files", "a.txt", big).is(401, "unauthenticated")
	s.upload(t, member, "POST /files", "a.txt", big).is(403, "permission_denied")
	require.NoDirExists(t, s.app.Config.UploadDir)
}

func TestAFullDiskIsReported(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(path, 0)) })
	s := start(t, deployments[0], func(c *bootstrap.Config) { c.UploadDir = path })
	owner := s.enroll(t)
	for range 3 {
		a := s.upload(t, owner, "POST /files", "a.txt", bytes.Repeat([]byte("x"), 8<<20)).is(507, "insufficient_storage")
		require.NotContains(t, a.raw, path)
		require.Empty(t, s.storedFiles(t))
	}
	id := s.upload(t, owner, "POST /files", "a.txt", bytes.Repeat([]byte("x"), 1<<20)).is(201, "").text("id")
	s.as(t, owner, "GET", "/files/"+id, nil).is(200, "")
	require.Len(t, s.auditEvents(t, owner, string(domain.EventFileStored)), 1)
	s.stop()
}

// TestNoFileStaysOpenAfterADownload covers HEAD requests and clients that close the connection.
func TestNoFileStaysOpenAfterADownload(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	owner := s.enroll(t)
	id := s.upload(t, owner, "POST /files", "a.txt", bytes.Repeat([]byte("x"), 8<<20)).is(201, "").text("id")
	open := func() (n int) {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("this system does not list open files")
		}
		for _, entry := range entries {
			if target, err := os.Readlink("/proc/self/fd/" + entry.Name()); err == nil && strings.HasSuffix(target, id) {
				n++
			}
		}
		return n
	}
	for range 5 {
		s.call(t, "HEAD", "/api/v1/files/"+id, nil, "Authorization", "Bearer "+owner.access).is(200, "")
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		require.NoError(t, err)
		_, err = fmt.Fprintf(conn, "GET /api/v1/files/%s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n", id, owner.access)
		require.NoError(t, err)
		_, err = io.ReadFull(conn, make([]byte, 1<<10))
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
	require.Eventually(t, func() bool { return open() == 0 }, 5*time.Second, 10*time.Millisecond)
}

// TestDoctorChecksTheUploadFolder covers a folder that can be written and one that cannot, with which the service serves, and says so.
func TestDoctorChecksTheUploadFolder(t *testing.T) {
	t.Parallel()
	path, folder := binary(t), t.TempDir()
	blocked := filepath.Join(folder, "blocked")
	require.NoError(t, os.WriteFile(blocked, nil, 0o600))
	output, code := sole(t, path, folder, "migrate", "up")
	require.Equal(t, 0, code, output)
	output, _ = sole(t, path, folder, "doctor", "--env-file", envFile(t, "LOCAL_UPLOAD_DIR="+filepath.Join(folder, "uploads")))
	require.Contains(t, output, "ok    uploads")
	output, code = sole(t, path, folder, "doctor", "--env-file", envFile(t, "LOCAL_UPLOAD_DIR="+blocked))
	require.Equal(t, 1, code)
	require.Contains(t, output, "FAIL  uploads")
	require.Contains(t, output, "LOCAL_UPLOAD_DIR")

	_, port, err := net.SplitHostPort(freeAddress(t))
	require.NoError(t, err)
	var said syncedBuffer
	command := exec.Command(path, "serve", "--env-file", envFile(t, "LOCAL_UPLOAD_DIR="+blocked, "PORT="+port))
	command.Dir, command.Stdout, command.Stderr = folder, &said, &said
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	require.Eventually(t, func() bool { return strings.Contains(said.String(), "set LOCAL_UPLOAD_DIR") }, 30*time.Second, 20*time.Millisecond)
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, command.Wait(), said.String())
}
