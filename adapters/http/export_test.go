package http

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// TestCSVRowsContainNoFormulas splits the rows by every separator that spreadsheets use.
func TestCSVRowsContainNoFormulas(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	fields := []string{"a", "Ann;=1+1", "x\t@SUM(1)", "y\n+1", "＝1+1", "=1", "z|-1", `q;"=1"`}
	require.NoError(t, writeRows(&text, [][]string{slices.Clone(fields)}))
	for _, separator := range []string{",", ";", "\t", "|"} {
		for _, line := range strings.Split(text.String(), "\r\n") {
			for _, cell := range strings.Split(line, separator) {
				cell = strings.TrimLeft(cell, "\" \t")
				for _, start := range []string{"=", "+", "-", "@", "＝"} {
					require.False(t, strings.HasPrefix(cell, start), "%q split by %q", line, separator)
				}
			}
		}
	}
	row, err := csv.NewReader(&text).Read()
	require.NoError(t, err)
	for i := range row {
		require.Equal(t, fields[i], domain.UnguardCell(row[i]))
	}
}

func hostileEvent() domain.SealedEvent {
	return domain.SealedEvent{Seal: 3, Position: 201, Event: domain.AuditEvent{
		ID: "00000000-0000-4000-8000-00000000000e", At: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC),
		Name: domain.EventSignedIn, Outcome: domain.OutcomeSuccess, ResourceType: "session", ResourceID: "=cmd|' /C calc'!A0",
		Details: map[string]string{"a": "x,\"y\"\n<z>", "b": "=1"},
		Origin:  domain.Origin{Address: "192.0.2.1", UserAgent: "x;=1+1\r\nx,y", RequestID: "-1", HomeOrg: home},
	}}
}

func TestEventsAsCSV(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	require.NoError(t, writeCSV(&text, []domain.SealedEvent{hostileEvent(), {Event: domain.AuditEvent{Outcome: domain.OutcomeFailure}}}))
	rows, err := csv.NewReader(&text).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, []string{
		"00000000-0000-4000-8000-00000000000e", "2026-01-02T03:04:05.000006Z", "session.signed_in", "success", "", string(home), "session",
		"'=cmd|' /C calc'!A0",
		`{"a":"x,\"y\"\n\u003cz\u003e","b":"=1"}`, "192.0.2.1", "x;'=1+1\nx,y", "'-1", "",
	}, rows[0])
	require.Len(t, rows[1], len(csvHead))
	for _, value := range rows[1] {
		require.NotContains(t, "=+-@", value[:min(1, len(value))]+"x")
	}
}

func TestEventsAsLines(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	require.NoError(t, writeLines(&text, []domain.SealedEvent{hostileEvent(), hostileEvent()}))
	lines := strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
	require.Len(t, lines, 2)
	var shown map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &shown))
	require.Equal(t, "=cmd|' /C calc'!A0", shown["resource_id"], "JSON is no spreadsheet")
	require.Nil(t, shown["actor_id"])
	require.Equal(t, string(home), shown["actor_org_id"])
	var members []string
	for _, name := range csvHead {
		require.Contains(t, shown, name)
		members = append(members, name)
	}
	require.Equal(t, map[string]any{"seal": 3.0, "position": 201.0}, shown["sealed"])
	require.Len(t, shown, len(members)+1, "both formats have the same members; lines also have the proof")
}

// exporting serves an export of these pages to anyone.
func exporting(t *testing.T, pages func(ctx context.Context) ([]domain.SealedEvent, error)) server {
	t.Helper()
	return start(t, func(s *Server) {
		t := table{server: s, tag: "Org"}
		open(t, "GET /auth/export", route{id: "export"}, func(context.Context, domain.Visitor, *nothing) (*exportResponse, error) {
			return s.sender().export(download{
				media: "text/csv", name: "events.csv", body: newExport(exportFormats["csv"].head, pages, writeCSV),
			}), nil
		})
	})
}

func pageOfEvents() []domain.SealedEvent {
	page := make([]domain.SealedEvent, 500)
	for i := range page {
		page[i] = hostileEvent()
	}
	return page
}

const exportRequest = "GET /api/v1/auth/export HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

func TestAnExportThatFailsIsVisiblyIncomplete(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"an error": func() error { return errors.New("the database went away") },
		"a panic":  func() error { panic("the database went away") },
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			s := exporting(t, func(context.Context) ([]domain.SealedEvent, error) {
				if n++; n > 2 {
					return nil, fail()
				}
				return pageOfEvents(), nil
			})
			conn, err := net.Dial("tcp", s.address)
			require.NoError(t, err)
			defer func() { _ = conn.Close() }()
			_, err = io.WriteString(conn, exportRequest)
			require.NoError(t, err)
			got, err := io.ReadAll(conn)
			require.NoError(t, err)
			require.Contains(t, string(got), "200 OK")
			require.False(t, strings.HasSuffix(string(got), "0\r\n\r\n"), "the last chunk is missing")
			response, err := nethttp.ReadResponse(bufio.NewReader(bytes.NewReader(got)), nil)
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.Equal(t, 1000, strings.Count(string(body), "calc"))
			s.alive(t)
		})
	}
}

// TestAnExportToAnHTTP10ClientHasNoChunks: the end of the connection ends it (RFC 9112 §6.1). The
// connection is reset when the export is incomplete.
func TestAnExportToAnHTTP10ClientHasNoChunks(t *testing.T) {
	t.Parallel()
	const first = "GET /api/v1/health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
	const second = "GET /api/v1/auth/export HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
	for name, c := range map[string]struct {
		end    func() error
		broken bool
	}{
		"whole":    {func() error { return nil }, false},
		"an error": {func() error { return errors.New("the database went away") }, true},
		"a panic":  {func() error { panic("the database went away") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			s := exporting(t, func(context.Context) ([]domain.SealedEvent, error) {
				if n++; n > 2 {
					return nil, c.end()
				}
				return pageOfEvents(), nil
			})
			conn := s.dial(t)
			_, err := io.WriteString(conn, first+second)
			require.NoError(t, err)
			reader := bufio.NewReader(conn)
			before, err := nethttp.ReadResponse(reader, nil)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, before.Body)
			require.NoError(t, err)
			response, err := nethttp.ReadResponse(reader, nil)
			require.NoError(t, err)
			require.Empty(t, response.TransferEncoding)
			require.True(t, response.Close)
			require.EqualValues(t, -1, response.ContentLength)
			got, err := io.ReadAll(response.Body)
			require.Equal(t, c.broken, err != nil, "%v", err)
			if !c.broken {
				rows, err := csv.NewReader(bytes.NewReader(got)).ReadAll()
				require.NoError(t, err)
				require.Len(t, rows, 1001)
			}
			s.alive(t)
		})
	}
}

func TestShutdownWaitsForAnExportToAnHTTP10Client(t *testing.T) {
	t.Parallel()
	more := make(chan struct{})
	n := 0
	s := exporting(t, func(context.Context) ([]domain.SealedEvent, error) {
		if n++; n > 2 {
			return nil, nil
		}
		<-more
		return pageOfEvents(), nil
	})
	conn := s.dial(t)
	_, err := io.WriteString(conn, strings.Replace(exportRequest, "1.1", "1.0", 1))
	require.NoError(t, err)
	response, err := nethttp.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	brief, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, s.Shutdown(brief), context.DeadlineExceeded)
	close(more)
	require.NoError(t, s.Shutdown(t.Context()))
	rows, err := csv.NewReader(response.Body).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1001)
}

func TestAnExportStopsWhenTheClientDisconnects(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	s := exporting(t, func(context.Context) ([]domain.SealedEvent, error) {
		asked.Add(1)
		return pageOfEvents(), nil // for ever
	})
	conn, err := net.Dial("tcp", s.address)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, exportRequest)
	require.NoError(t, err)
	_, err = bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	rests := func() bool {
		before := asked.Load()
		time.Sleep(500 * time.Millisecond)
		return asked.Load() == before
	}
	require.Eventually(t, rests, 30*time.Second, 10*time.Millisecond, "when the buffers are full, nothing more is read for this client")
	stalled := asked.Load()
	require.NoError(t, conn.Close())
	require.Eventually(t, rests, 30*time.Second, 10*time.Millisecond)
	require.Less(t, asked.Load(), stalled+10)
}

func TestHeadOfAnExportReadsNoPages(t *testing.T) {
	t.Parallel()
	s := exporting(t, func(context.Context) ([]domain.SealedEvent, error) { panic("asked") })
	for _, version := range []string{"1.1", "1.0"} {
		replies := s.send(t, strings.NewReplacer("GET", "HEAD", "1.1", version).Replace(exportRequest))
		require.Len(t, replies, 1)
		require.Equal(t, 200, replies[0].StatusCode)
		require.Empty(t, replies[0].raw)
		require.Equal(t, version == "1.1", len(replies[0].TransferEncoding) > 0, version)
	}
}
