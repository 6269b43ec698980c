package bench

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// BenchmarkRefusals compares how long sign-in takes to refuse an address that nobody has,
// a wrong password and a suspended account: by the medians of tries that take turns.
func BenchmarkRefusals(b *testing.B) {
	config := configure(b)
	config.Attempts.Max = 1 << 30 // none is locked
	login := strings.TrimSuffix(startService(b, config, nil), "/me") + "/auth/login"
	members := addMembers(b, config)
	suspend(b, config, members[1])
	refused := []struct{ metric, email, password string }{
		{"wrong-ms", members[0], "a wrong passphrase"},
		{"unknown-ms", "nobody@example.org", "a wrong passphrase"},
		{"suspended-ms", members[1], memberPassword},
	}
	took := make([][]time.Duration, len(refused))
	for b.Loop() {
		for i, r := range refused {
			took[i] = append(took[i], refusal(b, login, r.email, r.password))
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, r := range refused {
		slices.Sort(took[i])
		b.ReportMetric(took[i][len(took[i])/2].Seconds()*1000, r.metric)
	}
}

func suspend(b *testing.B, config bootstrap.Config, email string) {
	b.Helper()
	app, err := bootstrap.Build(config, bootstrap.Environment{Log: b.Output()})
	require.NoError(b, err)
	defer func() { require.NoError(b, app.Close()) }()
	require.NoError(b, app.Store.InOrg(b.Context(), config.DefaultOrgID, func(tx port.OrgTx) error {
		user, err := tx.Users().ByEmail(b.Context(), domain.Email(email))
		require.NoError(b, err)
		user.Status = domain.StatusSuspended
		return tx.Users().Update(b.Context(), user)
	}))
}

func refusal(b *testing.B, url, email, password string) time.Duration {
	b.Helper()
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	request.SetRequestURI(url)
	request.Header.SetMethod(http.MethodPost)
	request.Header.SetContentType("application/json")
	request.SetBodyString(fmt.Sprintf(`{"email":%q,"password":%q}`, email, password))
	started := time.Now()
	require.NoError(b, fasthttp.Do(request, response))
	took := time.Since(started)
	require.Equal(b, http.StatusUnauthorized, response.StatusCode(), string(response.Body()))
	return took
}
