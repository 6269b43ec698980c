package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkRefusals compares how long sign-in takes to refuse an address that nobody has, a wrong password and a suspended
// account: by the medians of tries that take turns.
func BenchmarkRefusals(b *testing.B) {
	w := testWorld(b, onServers)
	require.NoError(b, w.execute(b.Context(), "UPDATE users SET status = 'suspended' WHERE email = '"+w.members[1].email+"'"))
	service, err := w.startService(b.Context(), "LOGIN_ATTEMPT_LIMIT=1000000") // none is locked
	require.NoError(b, err)
	b.Cleanup(service.stop)
	connection := newConnection(service.address)
	refused := []struct{ metric, email, password string }{
		{"wrong-ms", w.members[0].email, "a wrong passphrase"},
		{"unknown-ms", "nobody@example.org", "a wrong passphrase"},
		{"suspended-ms", w.members[1].email, memberPassword},
	}
	took := make([][]float64, len(refused))
	for b.Loop() {
		for i, r := range refused {
			body := fmt.Sprintf(`{"email":%q,"password":%q}`, r.email, r.password)
			started := time.Now()
			err := connection.send(call{method: "POST", path: "/api/v1/auth/login", body: body}, nil)
			took[i] = append(took[i], milliseconds(time.Since(started)))
			require.ErrorContains(b, err, "status 401")
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, r := range refused {
		b.ReportMetric(median(took[i]), r.metric)
	}
}
