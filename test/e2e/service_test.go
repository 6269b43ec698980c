package e2e

import (
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
	if testing.Short() {
		deployments = deployments[1:]
	}
	harness.Main(m)
}

// deployments are the embedded one, unless tests are -short, and PostgreSQL with Redis.
var (
	deployments = inprocess.Deployments()
	onServers   = deployments[1] // PostgreSQL with Redis
)

// onEach runs a test on a new service of each deployment.
func onEach(t *testing.T, journey func(t *testing.T, s *service)) {
	t.Helper()
	onEachWith(t, nil, journey)
}

// onEachWith is onEach for services whose configuration is changed.
func onEachWith(t *testing.T, change func(*bootstrap.Config), journey func(t *testing.T, s *service)) {
	t.Helper()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			journey(t, start(t, d, change))
		})
	}
}

const (
	ownerEmail    = "owner@example.org"
	ownerPassword = "correct horse battery staple"
)

// service is a running service and the internals that a test may use.
type service struct {
	t     *testing.T
	app   *bootstrap.App
	url   string
	clock *clock
	log   *syncedBuffer
	stop  func()
}

// start runs a seeded service until the test ends; adjust can change its configuration.
func start(t *testing.T, d inprocess.Deployment, adjust func(*bootstrap.Config)) *service {
	t.Helper()
	database, redis := d.URLs(t)
	config := configure(t, database, redis)
	if adjust != nil {
		adjust(&config)
	}
	return replica(t, config, &clock{})
}

func configure(t *testing.T, database, redis string) bootstrap.Config {
	t.Helper()
	config := inprocess.Config(t, database, redis)
	config.RequestsPerMinute, config.ProxiesCount = 0, 0
	config.SeedEmail, config.SeedPassword = ownerEmail, domain.NewSecret(ownerPassword)
	return config
}

// replica starts another service on the same stores.
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

type syncedBuffer = harness.Output
