package e2e

import (
	"bytes"
	"context"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
	"github.com/sole-platform/sole/test/inprocess"
)

func TestMain(m *testing.M) {
	harness.Parallel(6)
	harness.Main(m)
}

var deployments = inprocess.Deployments()

// onEach runs a journey on a fresh service of each deployment; under -short not on the embedded one.
func onEach(t *testing.T, journey func(t *testing.T, s *service)) {
	t.Helper()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			if testing.Short() && d.Name == "embedded" {
				t.Skip("-short: on PostgreSQL and Redis only")
			}
			t.Parallel()
			journey(t, start(t, d, nil))
		})
	}
}

const (
	ownerEmail    = "owner@example.org"
	ownerPassword = "correct horse battery staple"
)

// service is one running process of the product, and what a test may know of its inside.
type service struct {
	t     *testing.T
	app   *bootstrap.App
	url   string
	clock *clock
	log   *syncedBuffer
	stop  func()
}

// start runs a seeded service until the test ends; adjust may change its configuration.
func start(t *testing.T, d inprocess.Deployment, adjust func(*bootstrap.Config)) *service {
	t.Helper()
	database, redis := d.URLs(t)
	config := configure(t, database, redis)
	if adjust != nil {
		adjust(&config)
	}
	s := replica(t, config, &clock{})
	return s
}

func configure(t *testing.T, database, redis string) bootstrap.Config {
	t.Helper()
	config := inprocess.Config(t, database, redis)
	config.RequestsPerMinute, config.ProxiesCount = 0, 0
	config.SeedEmail, config.SeedPassword = ownerEmail, domain.NewSecret(ownerPassword)
	return config
}

// replica runs one more process on the same stores.
func replica(t *testing.T, config bootstrap.Config, clock *clock) *service {
	t.Helper()
	log := &syncedBuffer{}
	app, err := bootstrap.Build(config, bootstrap.Environment{Log: log, Clock: clock.Now, Hashing: inprocess.Hashing})
	require.NoError(t, err)
	_, err = app.Store.Migrate(t.Context())
	require.NoError(t, err)
	_, err = app.Seed.Execute(t.Context(), platform.SeedInput{
		OrgID: config.DefaultOrgID, OrgName: config.DefaultOrgName, OrgSlug: config.DefaultOrgSlug,
		Email: config.SeedEmail, FullName: config.SeedFullName, Password: config.SeedPassword,
	})
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- app.Run(ctx, listener) }()
	s := &service{t: t, app: app, url: "http://" + listener.Addr().String(), clock: clock, log: log}
	s.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-stopped)
		require.NoError(t, app.Close())
	})
	t.Cleanup(s.stop)
	return s
}

type clock = harness.Clock

type syncedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
