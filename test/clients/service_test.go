package clients

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
	"github.com/sole-platform/sole/test/inprocess"
)

func TestMain(m *testing.M) {
	harness.Parallel(4)
	harness.Main(m)
}

const (
	ownerEmail = "owner@example.org"
	password   = "four rooms and a view" // of every account
)

// service is a running service. Its issuer is its own address, so that clients can discover it.
type service struct {
	app   *bootstrap.App
	url   string
	clock *harness.Clock
	owner account
}

// serve starts a service with everything in its process, which stops when the test ends.
func serve(t *testing.T) *service {
	t.Helper()
	return serveWith(t, nil)
}

// serveWith is serve for a service whose configuration is changed.
func serveWith(t *testing.T, change func(*bootstrap.Config)) *service {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no embedded deployment")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &service{url: "http://" + listener.Addr().String(), clock: &harness.Clock{}}
	database, redis := inprocess.Deployments()[0].URLs(t)
	config := inprocess.Config(t, database, redis)
	config.RequestsPerMinute, config.ProxiesCount = 0, 0
	config.PublicURL, config.Issuer = s.url, s.url
	if change != nil {
		change(&config)
	}
	s.app, err = bootstrap.Build(config, bootstrap.Environment{Log: &harness.Output{}, Clock: s.clock.Now, Hashing: inprocess.Hashing})
	require.NoError(t, err)
	_, err = s.app.Store.Migrate(t.Context())
	require.NoError(t, err)
	// One-time codes work once: the owner enrols in the past, so that an example can use the code of now.
	s.clock.Advance(-time.Minute)
	_, err = s.app.Seed.Execute(t.Context(), platform.SeedInput{
		OrgID: config.DefaultOrgID, OrgName: config.DefaultOrgName, OrgSlug: config.DefaultOrgSlug,
		Email: ownerEmail, FullName: "Olive Owner", Password: domain.NewSecret(password),
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- s.app.Run(ctx, listener) }()
	t.Cleanup(sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-stopped)
		require.NoError(t, s.app.Close())
	}))
	s.owner = s.signIn(t, account{email: ownerEmail, password: password})
	s.clock.Advance(time.Minute)
	return s
}
