package bench

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	uploadsAtOnce = 20
	uploadSize    = 10 << 20
)

// BenchmarkUploads sends twenty files of 10 MiB at once, and tells how much memory the process
// takes at the most while they come in: a file never is in memory whole.
func BenchmarkUploads(b *testing.B) {
	config := configure(b)
	tokens := make([]string, 4) // one of each system role
	prepare(b, config, tokens)
	p := serve(b, config)
	defer p.stop()
	token := p.writer(b, tokens)
	idle := p.rss(b)
	peak, began, sent := idle, time.Now(), 0
	for b.Loop() {
		done := make(chan struct{})
		var uploads sync.WaitGroup
		for range uploadsAtOnce {
			uploads.Go(func() {
				if status := p.upload(token, uploadSize); status != http.StatusCreated {
					b.Errorf("an upload was answered with %d", status)
				}
			})
		}
		go func() {
			uploads.Wait()
			close(done)
		}()
		for running := true; running; {
			peak = max(peak, p.rss(b))
			select {
			case <-done:
				running = false
			case <-time.After(10 * time.Millisecond):
			}
		}
		sent += uploadsAtOnce * uploadSize
	}
	b.ReportMetric(float64(sent)/1e6/time.Since(began).Seconds(), "MB/s")
	b.ReportMetric(idle, "idle-MB")
	b.ReportMetric(peak, "peak-MB")
}

// writer is the token of an account that may store files.
func (p process) writer(b *testing.B, tokens []string) string {
	b.Helper()
	for _, token := range tokens {
		if p.upload(token, 1) == http.StatusCreated {
			return token
		}
	}
	require.Fail(b, "nobody may store files")
	return ""
}

// upload sends a text of some size, as it is made, and returns the status of the answer.
func (p process) upload(token string, size int64) int {
	content, body := io.Pipe()
	form := multipart.NewWriter(body)
	go func() {
		part, err := form.CreateFormFile("file", "a.txt")
		if err == nil {
			_, err = io.Copy(part, io.LimitReader(letters{}, size))
		}
		if err == nil {
			err = form.Close()
		}
		_ = body.CloseWithError(err)
	}()
	request, err := http.NewRequest(http.MethodPost, "http://"+p.address+"/api/v1/files", content)
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// letters is a text without an end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	return copy(p, bytes.Repeat([]byte("x"), len(p))), nil
}
