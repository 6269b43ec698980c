//go:build unix

package faults

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestReplicasAreReplacedBehindAProxy replaces three replicas, one after another, behind HAProxy: no request may fail, on
// connections that clients keep open. Then it kills one: only requests that it has begun may fail.
func TestReplicasAreReplacedBehindAProxy(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	d := deploy(t, database, harness.Redis(t)+"?prefix="+uuid.NewString(), "SHUTDOWN_DELAY_SECONDS=3", "PROXIES_COUNT=1")
	var replicas []*service
	var addresses []string
	for range 3 {
		replica := d.serve(t)
		replicas, addresses = append(replicas, replica), append(addresses, replica.address)
	}
	address, roots := harness.NewHAProxy(t, addresses...)
	through := func() *service {
		trusted := &http.Transport{MaxIdleConnsPerHost: 64, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
		return &service{t: t, d: d, url: "https://" + address + "/api/v1", client: &http.Client{Timeout: 30 * time.Second, Transport: trusted}}
	}
	proxied := through()
	owner := replicas[0].enrol(t)
	eventually(t, "the proxy finds the replicas", func() bool { return proxied.get("/health/ready", "").status == 200 })
	l := begin(t, owner.access, proxied, through())

	began := time.Now()
	for _, replica := range replicas {
		require.Zero(t, replica.terminate())
		replica.start(t)
		eventually(t, "the proxy uses the new process", replica.isUsed())
	}
	answers := l.since(began)
	mustBe(t, answers, fine...)
	t.Logf("three replicas were replaced in %s: %d requests, none failed, the slowest took %s",
		time.Since(began), len(answers), longest(answers))

	killed := time.Now()
	replicas[0].kill()
	gone := time.Now().Add(100 * time.Millisecond) // and the proxy knows that its connections have ended
	l.await(t, "the others serve", func(answers []answer) bool { return len(answers) > 100 })
	failed := 0
	for _, a := range l.after(killed) {
		if a.err == nil && a.status < 300 {
			continue
		}
		failed++
		require.True(t, a.began.Before(gone), "%s began after the end of the replica: %d %v", a.kind, a.status, a.err)
	}
	require.LessOrEqual(t, failed, members, "more than were in flight")
	t.Logf("a replica was killed: %d requests failed", failed)
	replicas[0].start(t)
	eventually(t, "the proxy uses it again", replicas[0].isUsed())
	l.nothingLost(t, replicas[1], database)
}

// isUsed returns a function that reports whether requests have arrived since.
func (s *service) isUsed() func() bool {
	count := func() int { return strings.Count(s.log.String(), `"route":"/api/v1/me"`) }
	before := count()
	return func() bool { return count() > before }
}
