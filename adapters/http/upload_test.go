package http

import (
	"bufio"
	"context"
	"fmt"
	"io"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// takingFiles is a server that reads uploads of at most 128 KiB at /take and refuses them unread at
// /refuse.
func takingFiles(t *testing.T) server {
	t.Helper()
	return run(t, func(o *Options) { o.Patience, o.UploadLimit = hasty, 128<<10 }, func(s *Server) {
		t := table{server: s}
		open(t, "POST /take", route{
			id: "take", body: s.form(), status: 204,
		}, func(_ context.Context, _ domain.Visitor, in *uploadRequest) (*nothing, error) {
			upload, err := in.open()
			if err == nil {
				_, err = io.Copy(io.Discard, upload.Content)
			}
			return nil, err
		})
		open(t, "POST /refuse", route{
			id: "refuse", body: s.form(), status: 204,
		}, func(context.Context, domain.Visitor, *uploadRequest) (*nothing, error) {
			return nil, domain.ErrPermissionDenied
		})
	})
}

func upload(path string, size int) string {
	body := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n" + strings.Repeat("x", size) + "\r\n--x--\r\n"
	return uploadOf(path, body)
}

// uploadOf is the request that sends a form.
func uploadOf(path, form string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n%s",
		base+path, len(form), form)
}

func TestAStalledOrSlowUploadIsRefused(t *testing.T) {
	t.Parallel()
	s := takingFiles(t)
	whole := upload("/take", 100<<10)
	for name, slowly := range map[string]string{"stalled": "", "slow": whole[50<<10:]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, began := s.dial(t), time.Now()
			_, err := io.WriteString(conn, whole[:50<<10])
			require.NoError(t, err)
			go trickle(conn, slowly, 50*time.Millisecond) // would take forty minutes
			response, err := nethttp.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			require.Equal(t, 400, response.StatusCode)
			require.Equal(t, problemJSON, response.Header.Get("Content-Type"))
			require.NoError(t, response.Body.Close())
			require.Less(t, time.Since(began), 8*time.Second)
			_, _ = io.Copy(io.Discard, conn) // until it is closed, perhaps before everything was sent
			require.Less(t, time.Since(began), 8*time.Second)
		})
	}
}

// TestAConnectionCanBeUsedAgainAfterAnUpload even when the handler did not read the file.
func TestAConnectionCanBeUsedAgainAfterAnUpload(t *testing.T) {
	t.Parallel()
	s := takingFiles(t)
	for path, status := range map[string]int{"/take": 204, "/refuse": 403} {
		replies := s.send(t, upload(path, 100<<10)+live+"\r\n")
		require.Len(t, replies, 2, path)
		require.Equal(t, []int{status, 200}, []int{replies[0].StatusCode, replies[1].StatusCode}, path)
	}
}

func TestAnUploadThatIsAnnouncedTooLargeIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	s := takingFiles(t)
	for _, path := range []string{"/take", "/refuse"} {
		replies := s.send(t, upload(path, 300<<10))
		require.NotEmpty(t, replies)
		require.Equal(t, 413, replies[0].StatusCode, path)
		replies[0].isProblem(t, path)
	}
	s.alive(t)
}

// TestTheRestOfAFormIsLimited because the parts around the file are held in memory.
func TestTheRestOfAFormIsLimited(t *testing.T) {
	t.Parallel()
	s := takingFiles(t)
	const head, file, end = "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n", "\r\nhello\r\n", "--x--\r\n"
	much := "X: " + strings.Repeat("x", 70<<10) + "\r\n"
	for about, c := range map[string]struct {
		form   string
		status int
	}{
		"some headers":   {head + "X: " + strings.Repeat("x", 30<<10) + "\r\n" + file + end, 204},
		"large headers":  {head + much + file + end, 413},
		"large preamble": {strings.Repeat("xx\r\n", 20<<10) + head + file + end, 413},
		"large second":   {head + file + head + much + file + end, 413},
	} {
		replies := s.send(t, uploadOf("/take", c.form))
		require.NotEmpty(t, replies, about)
		require.Equal(t, c.status, replies[0].StatusCode, about)
	}
}

// TestBytesAfterAFormAreIgnored even when the file is read again after its end.
func TestBytesAfterAFormAreIgnored(t *testing.T) {
	t.Parallel()
	const form = "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhello\r\n--x--\r\n"
	for _, epilogue := range []string{"", "\r\n", "line\r\nline\r\n", strings.Repeat("x", 5000), "--x\r\n\r\nsecond\r\n--x--\r\n"} {
		in := uploadRequest{media: "multipart/form-data; boundary=x", body: strings.NewReader(form + epilogue), limit: 100}
		upload, err := in.open()
		require.NoError(t, err)
		for _, want := range []string{"hello", "", ""} {
			content, err := io.ReadAll(upload.Content)
			require.NoError(t, err, "%.20q", epilogue)
			require.Equal(t, want, string(content))
		}
	}
}
