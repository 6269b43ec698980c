//go:build unix

package faults

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

// receiver is the receiver of a webhook. It keeps its address when it is stopped and started again.
type receiver struct {
	t       *testing.T
	address string
	id      string // of the webhook

	mu       sync.Mutex
	server   *http.Server
	verifier *standardwebhooks.Webhook
	answer   func(w http.ResponseWriter, r *http.Request) // nil: 204
	got      map[string]int                               // how often each event was answered with 204
	tried    int
	forged   int // deliveries without a valid signature
	last     time.Time
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{t: t, address: "127.0.0.1:0", got: map[string]int{}}
	r.start()
	t.Cleanup(r.stop)
	return r
}

func (r *receiver) start() {
	r.t.Helper()
	listener, err := net.Listen("tcp", r.address)
	require.NoError(r.t, err)
	r.address = listener.Addr().String()
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}
	go func() { _ = r.server.Serve(listener) }()
}

// stop closes every connection.
func (r *receiver) stop() { _ = r.server.Close() }

// answers replaces the answer; nil: 204.
func (r *receiver) answers(answer func(w http.ResponseWriter, r *http.Request)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// hang answers nothing until the connection is closed.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func fail(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }

// ServeHTTP implements http.Handler. The clock of the service can be moved, so the time in the signature is not checked.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	r.mu.Lock()
	r.tried++
	answer, verifier := r.answer, r.verifier
	r.mu.Unlock()
	if answer != nil {
		answer(w, request)
		return
	}
	var sent struct {
		Data struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	forged := err != nil || json.Unmarshal(body, &sent) != nil || sent.Data.ID != request.Header.Get("webhook-id") ||
		verifier == nil || verifier.VerifyIgnoringTimestamp(body, request.Header) != nil
	w.WriteHeader(http.StatusNoContent)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = time.Now()
	if r.got[sent.Data.ID]++; forged {
		r.forged++
	}
}

func (r *receiver) attempts() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tried
}

// received returns how many events arrived, and how often one arrived again.
func (r *receiver) received() (events, again int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, times := range r.got {
		again += times - 1
	}
	return len(r.got), again
}

// subscribe creates a webhook for all events that leads to the receiver.
func (s *service) subscribe(t *testing.T, r *receiver, owner account) {
	t.Helper()
	body := map[string]any{"url": "http://" + r.address + "/hook?token=canary-of-the-url", "events": []string{"*"}}
	created := s.post("/webhooks", body, "Authorization", "Bearer "+owner.access).is(t, 201, "")
	verifier, err := standardwebhooks.NewWebhook(created.text("secret"))
	require.NoError(t, err)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.id, r.verifier = created.text("id"), verifier
}

// happen causes events: each is a change of the owner's name.
func (s *service) happen(t *testing.T, owner account, events int) {
	t.Helper()
	for i := range events {
		name := fmt.Sprintf("Owner %d %d", time.Now().UnixNano(), i)
		s.ask("PATCH", "/me", map[string]any{"full_name": name}, "Authorization", "Bearer "+owner.access).is(t, 200, "")
	}
}

// wanted returns the events that the webhook of the receiver wants: every one since it was created. Ids are in the order of time.
func (r *receiver) wanted(db *sql.DB) (ids []string) {
	r.t.Helper()
	created := r.events(db, "name = 'webhook.created' AND resource_id = '"+r.id+"'")
	require.Len(r.t, created, 1)
	return slices.DeleteFunc(r.events(db, "1 = 1"), func(id string) bool { return id <= created[0] })
}

func (r *receiver) events(db *sql.DB, which string) (ids []string) {
	r.t.Helper()
	rows, err := db.QueryContext(r.t.Context(), "SELECT CAST(id AS text) FROM audit_events WHERE "+which)
	require.NoError(r.t, err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		require.NoError(r.t, rows.Scan(&id))
		ids = append(ids, id)
	}
	require.NoError(r.t, rows.Err())
	return ids
}

// missing returns the events that have not arrived.
func (r *receiver) missing(db *sql.DB) (missing []string) {
	for _, id := range r.wanted(db) {
		r.mu.Lock()
		if r.got[id] == 0 {
			missing = append(missing, id)
		}
		r.mu.Unlock()
	}
	return missing
}

// mustHaveEverything waits until every event has arrived, and requires that all were signed.
func (r *receiver) mustHaveEverything(db *sql.DB, atLeast int) {
	r.t.Helper()
	eventually(r.t, "every event arrives", func() bool { return len(r.missing(db)) == 0 })
	require.GreaterOrEqual(r.t, len(r.wanted(db)), atLeast)
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Zero(r.t, r.forged, "deliveries without a valid signature")
}
