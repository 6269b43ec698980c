package bench

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	"github.com/sole-platform/sole/adapters/argon2"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

const (
	signInRound    = 5 * time.Second
	signingIn      = 16 // clients that sign in at once
	reading        = 8  // clients that call GET /me meanwhile, each every readEvery
	readEvery      = 20 * time.Millisecond
	memberPassword = "a member's passphrase"
)

// BenchmarkSignIn compares signing in with a password, on PostgreSQL and Redis, with what
// Argon2id alone allows on the same cores; the two take turns in the same run. A third turn
// tells how long GET /me takes while sign-ins want more than the cores have.
func BenchmarkSignIn(b *testing.B) {
	config := configure(b)
	tokens := make([]string, accounts)
	me := startService(b, config, tokens)
	members := addMembers(b, config)
	login := strings.TrimSuffix(me, "/me") + "/auth/login"
	var signedIn, hashed float64
	var latencies []time.Duration
	for b.Loop() {
		hashed += hashAlone(b)
		signedIn += signInAll(b, login, members)
		var readers sync.WaitGroup
		stop := make(chan struct{})
		waits := make([][]time.Duration, reading)
		for i := range reading {
			readers.Go(func() { waits[i] = read(b, me, tokens[i], stop) })
		}
		signInAll(b, login, members)
		close(stop)
		readers.Wait()
		latencies = append(latencies, slices.Concat(waits...)...)
	}
	slices.Sort(latencies)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(hashed/float64(b.N), "argon2id/s")
	b.ReportMetric(signedIn/float64(b.N), "sign-in/s")
	b.ReportMetric(signedIn/hashed, "of-argon2id")
	b.ReportMetric(latencies[len(latencies)*99/100].Seconds()*1000, "me-p99-ms")
	b.ReportMetric(latencies[len(latencies)/2].Seconds()*1000, "me-p50-ms")
}

// addMembers makes accounts that owe nothing but their password, and returns their addresses.
func addMembers(b *testing.B, config bootstrap.Config) []string {
	b.Helper()
	hash, err := argon2.New(argon2.Default(), 1, 1).Hash(b.Context(), domain.NewSecret(memberPassword))
	require.NoError(b, err)
	app, err := bootstrap.Build(config, bootstrap.Environment{Log: b.Output()})
	require.NoError(b, err)
	defer func() { require.NoError(b, app.Close()) }()
	now := time.Now().UTC().Truncate(time.Microsecond)
	addresses := make([]string, accounts)
	require.NoError(b, app.Store.InOrg(b.Context(), config.DefaultOrgID, func(tx port.OrgTx) error {
		for i := range addresses {
			addresses[i] = fmt.Sprintf("signs-in-%d@example.org", i)
			user, err := domain.NewUser(domain.UserID(uuid.NewString()), domain.Email(addresses[i]), "Member", now)
			require.NoError(b, err)
			user.SetPassword(hash, false, now)
			require.NoError(b, tx.Users().Insert(b.Context(), user))
		}
		return nil
	}))
	return addresses
}

// hashAlone is how many passwords Argon2id verifies per second on all cores.
func hashAlone(b *testing.B) float64 {
	b.Helper()
	hasher := argon2.New(argon2.Default(), runtime.GOMAXPROCS(0), 64)
	hash, err := hasher.Hash(b.Context(), domain.NewSecret(memberPassword))
	require.NoError(b, err)
	return repeat(runtime.GOMAXPROCS(0), func(int) {
		match, _, err := hasher.Verify(b.Context(), hash, domain.NewSecret(memberPassword))
		require.NoError(b, err)
		require.True(b, match)
	})
}

func signInAll(b *testing.B, url string, addresses []string) float64 {
	b.Helper()
	client := &fasthttp.Client{MaxConnsPerHost: signingIn}
	return repeat(signingIn, func(turn int) {
		request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		request.SetRequestURI(url)
		request.Header.SetMethod(http.MethodPost)
		request.Header.SetContentType("application/json")
		request.SetBodyString(fmt.Sprintf(`{"email":%q,"password":%q}`, addresses[turn%len(addresses)], memberPassword))
		require.NoError(b, client.Do(request, response))
		require.Equal(b, http.StatusOK, response.StatusCode(), string(response.Body()))
	})
}

// repeat does the work from some workers for one round and returns how often per second.
func repeat(workers int, work func(turn int)) float64 {
	var done sync.WaitGroup
	counts := make([]int, workers)
	started := time.Now()
	for worker := range workers {
		done.Go(func() {
			for turn := worker; time.Since(started) < signInRound; turn += workers {
				work(turn)
				counts[worker]++
			}
		})
	}
	done.Wait()
	total := 0
	for _, count := range counts {
		total += count
	}
	return float64(total) / time.Since(started).Seconds()
}

// read calls url at a steady pace until stop is closed and returns how long each call took.
func read(b *testing.B, url, token string, stop <-chan struct{}) (took []time.Duration) {
	client := &fasthttp.Client{}
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	request.SetRequestURI(url)
	request.Header.Set("Authorization", "Bearer "+token)
	for ticker := time.NewTicker(readEvery); ; {
		select {
		case <-stop:
			ticker.Stop()
			return took
		case <-ticker.C:
		}
		started := time.Now()
		require.NoError(b, client.Do(request, response))
		require.Equal(b, http.StatusOK, response.StatusCode())
		took = append(took, time.Since(started))
	}
}
