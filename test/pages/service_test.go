package pages

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/browser"
	"github.com/sole-platform/sole/test/harness"
	"github.com/sole-platform/sole/test/inprocess"
)

func TestMain(m *testing.M) {
	harness.Parallel(4)
	if testing.Short() {
		deployments = deployments[1:]
	}
	harness.Main(m)
}

// deployments are the embedded one, unless tests are -short, and PostgreSQL with Redis.
var deployments = inprocess.Deployments()

// service is a running service. Its own org is the default one.
type service struct {
	*org

	app   *bootstrap.App
	host  string // such as localhost:8000
	clock *harness.Clock
	log   *harness.Output
}

// org is an org of a service.
type org struct {
	service *service
	id      domain.OrgID
	slug    string
	origin  string // of its pages
	hash    domain.PasswordHash
}

const password = "four rooms and a view" // of every person

// onEach runs a journey in a browser on a new service of each deployment.
func onEach(t *testing.T, journey func(t *testing.T, s *service)) {
	t.Helper()
	onEachWith(t, nil, journey)
}

// onEachWith is onEach for services whose configuration is changed.
func onEachWith(t *testing.T, change func(*bootstrap.Config), journey func(t *testing.T, s *service)) {
	t.Helper()
	browser.Require(t)
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			journey(t, start(t, d, change))
		})
	}
}

// embedded starts a service with everything in its process, or under -short one on PostgreSQL and Redis.
func embedded(t *testing.T) *service {
	t.Helper()
	return embeddedWith(t, nil)
}

// embeddedWith is embedded for a service whose configuration is changed.
func embeddedWith(t *testing.T, change func(*bootstrap.Config)) *service {
	t.Helper()
	return start(t, deployments[0], change)
}

// multi makes a service multi-tenant, with the pages of each org at its own host.
func multi(c *bootstrap.Config) { c.MultiTenant, c.TenantBaseDomain = true, "localhost" }

// start runs a service until the test ends. Its default org has the person founder.
func start(t *testing.T, d inprocess.Deployment, change func(*bootstrap.Config)) *service {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	database, redis := d.URLs(t)
	config := inprocess.Config(t, database, redis)
	config.RequestsPerMinute, config.ProxiesCount = 0, 0
	host := fmt.Sprintf("localhost:%d", listener.Addr().(*net.TCPAddr).Port)
	config.PublicURL = "http://" + host
	config.PasskeyOrigins, config.Issuer = []string{config.PublicURL}, config.PublicURL
	if change != nil {
		change(&config)
	}
	s := &service{host: host, clock: &harness.Clock{}, log: &harness.Output{}}
	s.app, err = bootstrap.Build(config, bootstrap.Environment{Log: s.log, Clock: s.clock.Now, Hashing: inprocess.Hashing})
	require.NoError(t, err)
	_, err = s.app.Store.Migrate(t.Context())
	require.NoError(t, err)
	s.org = s.found(t, &org{id: config.DefaultOrgID, slug: config.DefaultOrgSlug, origin: "http://" + host}, "Default")
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- s.app.Run(ctx, listener) }()
	t.Cleanup(sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-stopped)
		require.NoError(t, s.app.Close())
	}))
	return s
}

const founderEmail = "founder@example.org"

// founder is the first owner of the org.
func (o *org) founder() *person { return &person{org: o, email: founderEmail, name: "Frida Founder"} }

// found creates an org with its founder.
func (s *service) found(t *testing.T, o *org, name string) *org {
	t.Helper()
	o.service = s
	_, err := s.app.Seed.Execute(t.Context(), platform.SeedInput{
		OrgID: o.id, OrgName: name, OrgSlug: o.slug,
		Email: founderEmail, FullName: "Frida Founder", Password: domain.NewSecret(password),
	})
	require.NoError(t, err)
	o.in(t, func(tx port.OrgTx) {
		founder, err := tx.Users().ByEmail(t.Context(), founderEmail)
		require.NoError(t, err)
		o.hash = founder.Password
	})
	return o
}

// newOrg creates an org of a multi-tenant service, whose pages are at its own host.
func (s *service) newOrg(t *testing.T, name, slug string) *org {
	t.Helper()
	return s.found(t, &org{id: domain.OrgID(uuid.NewString()), slug: slug, origin: "http://" + slug + "." + s.host}, name)
}

// in runs a unit of work of the org.
func (o *org) in(t *testing.T, do func(port.OrgTx)) {
	t.Helper()
	require.NoError(t, o.service.app.Store.InOrg(t.Context(), o.id, func(tx port.OrgTx) error {
		do(tx)
		return nil
	}))
}

// settings changes the settings of the org, and nothing that follows from them.
func (o *org) settings(t *testing.T, change func(*domain.OrgSettings)) {
	t.Helper()
	o.in(t, func(tx port.OrgTx) {
		settings, err := tx.Org().LockSettings(t.Context())
		require.NoError(t, err)
		change(&settings)
		require.NoError(t, tx.Org().SaveSettings(t.Context(), settings))
	})
}
