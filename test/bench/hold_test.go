package bench

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

const (
	held      = 2000
	holdFor   = time.Minute
	askEvery  = 2 * time.Second // on each connection
	coldWaits = 30 * time.Second
)

// BenchmarkHold holds 2,000 keep-alive connections to the binary, on PostgreSQL and Redis,
// for a minute; each asks GET /me every two seconds, and any answer but 200 is an error.
func BenchmarkHold(b *testing.B) {
	config := configure(b)
	tokens := make([]string, accounts)
	prepare(b, config, tokens)
	for b.Loop() {
		p := serve(b, config)
		before := p.rss(b)
		errors, times := p.hold(b, tokens)
		b.ReportMetric(float64(errors), "errors")
		b.ReportMetric(float64(len(times))/holdFor.Seconds(), "req/s")
		b.ReportMetric(times[len(times)*99/100].Seconds()*1000, "p99-ms")
		b.ReportMetric(before, "idle-MB")
		b.ReportMetric(p.rss(b), "held-MB")
		b.ReportMetric(0, "ns/op")
		p.stop()
		require.Zero(b, errors)
	}
}

// BenchmarkColdStart is the time from the start of the process to the first time that it is
// ready: on PostgreSQL and Redis, and with an empty folder, where the first start also makes
// keys and tables.
func BenchmarkColdStart(b *testing.B) {
	b.Run("serve", func(b *testing.B) {
		config := configure(b)
		prepare(b, config, make([]string, 1))
		for b.Loop() {
			serve(b, config).stop()
		}
	})
	b.Run("empty", func(b *testing.B) {
		for b.Loop() {
			launch(b, "serve", "HOST=127.0.0.1").stop()
		}
	})
}

// prepare makes the schema and accounts that are signed in.
func prepare(b *testing.B, config bootstrap.Config, tokens []string) {
	b.Helper()
	app, err := bootstrap.Build(config, bootstrap.Environment{Log: io.Discard})
	require.NoError(b, err)
	defer func() { require.NoError(b, app.Close()) }()
	_, err = app.Store.Migrate(b.Context())
	require.NoError(b, err)
	_, err = app.Seed.Execute(b.Context(), platform.SeedInput{
		OrgID: config.DefaultOrgID, OrgName: "Acme", OrgSlug: "acme", Email: "owner@example.org", FullName: "Owner", Password: domain.NewSecret("correct horse battery"),
	})
	require.NoError(b, err)
	signIn(b, app, config, tokens)
}

// process is the binary, running.
type process struct {
	address, operators string
	stop               func()
}

func serve(b *testing.B, config bootstrap.Config) process {
	b.Helper()
	return launch(b, "serve", "DATABASE_URL="+config.DatabaseURL, "REDIS_URL="+config.RedisURL, "SECRET_KEY="+config.SecretKey,
		"JWT_PRIVATE_KEY="+config.PrivateKeyPEM, "JWT_ISSUER="+config.Issuer, "JWT_AUDIENCE="+config.Audience)
}

// launch starts the binary in an empty folder and waits until it is ready.
func launch(b *testing.B, command string, env ...string) process {
	b.Helper()
	b.StopTimer()
	path, err := harness.Binary()
	require.NoError(b, err)
	p := process{address: free(b), operators: free(b)}
	_, port, err := net.SplitHostPort(p.address)
	require.NoError(b, err)
	run := exec.Command(path, command)
	run.Dir = b.TempDir()
	run.Env = append([]string{"PATH=" + os.Getenv("PATH"), "PORT=" + port, "METRICS_ADDR=" + p.operators, "RATE_LIMIT_PER_MINUTE=0", "PROXIES_COUNT=0", "LOG_LEVEL=error"}, env...)
	p.stop = func() {
		b.StopTimer()
		_ = run.Process.Signal(syscall.SIGTERM)
		_ = run.Wait()
		b.StartTimer()
	}
	b.StartTimer()
	require.NoError(b, run.Start())
	b.Cleanup(func() { _ = run.Process.Kill() })
	for began := time.Now(); ; time.Sleep(2 * time.Millisecond) {
		response, err := http.Get("http://" + p.address + "/api/v1/health/ready")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return p
			}
		}
		require.Less(b, time.Since(began), coldWaits, "never ready")
	}
}

func free(b *testing.B) string {
	b.Helper()
	listener := listen(b)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// rss is the resident memory of the process in megabytes, by its own account.
func (p process) rss(b *testing.B) float64 {
	b.Helper()
	response, err := http.Get("http://" + p.operators + "/metrics")
	require.NoError(b, err)
	defer func() { _ = response.Body.Close() }()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), "process_resident_memory_bytes "); found {
			bytes, err := strconv.ParseFloat(value, 64)
			require.NoError(b, err)
			return bytes / 1e6
		}
	}
	return 0
}

// hold asks on every connection until the time is over; the times come back in order.
func (p process) hold(b *testing.B, tokens []string) (errors int, times []time.Duration) {
	b.Helper()
	var (
		what = map[string]int{}
		mu   sync.Mutex
		done sync.WaitGroup
	)
	for i := range held {
		done.Go(func() {
			time.Sleep(time.Duration(i) * askEvery / held) // not all at once
			took, failed := p.ask(tokens[i%len(tokens)])
			mu.Lock()
			defer mu.Unlock()
			times = append(times, took...)
			for reason, count := range failed {
				what[reason] += count
				errors += count
			}
		})
	}
	done.Wait()
	if errors > 0 {
		b.Log("errors:", what)
	}
	slices.Sort(times)
	return errors, times
}

// ask is one connection; errors come back by what they are.
func (p process) ask(token string) (times []time.Duration, errors map[string]int) {
	errors = map[string]int{}
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		errors["no connection"]++
		return nil, errors
	}
	defer func() { _ = conn.Close() }()
	reader, raw := bufio.NewReader(conn), "GET /api/v1/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "+token+"\r\n\r\n"
	for began := time.Now(); time.Since(began) < holdFor; time.Sleep(askEvery) {
		asked := time.Now()
		_, err := io.WriteString(conn, raw)
		response, readErr := http.ReadResponse(reader, nil)
		if err != nil || readErr != nil {
			errors["broken off"]++
			return times, errors
		}
		text, _ := io.ReadAll(response.Body)
		if response.StatusCode != http.StatusOK {
			errors[string(text[:min(len(text), 40)])+" "+response.Status]++
		}
		times = append(times, time.Since(asked))
	}
	return times, errors
}
