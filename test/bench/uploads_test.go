package main

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

// BenchmarkUploads sends twenty files of 10 MiB in parallel and reports the most memory that the process uses. A file
// is never completely in memory.
func BenchmarkUploads(b *testing.B) {
	w := testWorld(b, onServers)
	service, err := w.startService(b.Context())
	require.NoError(b, err)
	b.Cleanup(service.stop)
	memory := &side{processes: []int{service.pid}}
	idle := memory.resident()
	peak, began, sent := idle, time.Now(), 0
	for b.Loop() {
		done := make(chan struct{})
		var uploads sync.WaitGroup
		for range uploadsAtOnce {
			uploads.Go(func() {
				if status := upload(service.address, w.admin.access); status != http.StatusCreated {
					b.Errorf("an upload was answered with %d", status)
				}
			})
		}
		go func() {
			uploads.Wait()
			close(done)
		}()
		for running := true; running; {
			peak = max(peak, memory.resident())
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

// upload streams a text and returns the status of the answer.
func upload(address, token string) int {
	content, body := io.Pipe()
	form := multipart.NewWriter(body)
	go func() {
		part, err := form.CreateFormFile("file", "a.txt")
		if err == nil {
			_, err = io.Copy(part, io.LimitReader(endlessText{}, uploadSize))
		}
		if err == nil {
			err = form.Close()
		}
		_ = body.CloseWithError(err)
	}()
	request, err := http.NewRequest(http.MethodPost, "http://"+address+"/api/v1/files", content)
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

type endlessText struct{}

func (endlessText) Read(p []byte) (int, error) {
	return copy(p, bytes.Repeat([]byte("x"), len(p))), nil
}
