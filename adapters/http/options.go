package http

import (
	"log/slog"
	"net"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Options is what the server needs besides its use cases.
type Options struct {
	Version        string
	PublicURL      string // the URL at which clients reach the service; empty: unknown
	Issuer         string // the iss of access tokens
	Audience       string // the aud of access tokens
	MultiTenant    bool
	DefaultOrg     domain.OrgID // the org of every request unless MultiTenant
	TenantDomain   string       // slug.<TenantDomain> names an org; empty: hosts name no org
	ProxiesCount   int
	TrustedProxies []*net.IPNet
	AllowedOrigins []string
	PasskeyOrigins []string // whose pages may use passkeys; empty: there are no passkeys
	EnableHSTS     bool
	Limits         domain.ServerLimits
	RequestTimeout time.Duration
	BodyLimit      int                 // bytes of a JSON body
	UploadLimit    int                 // bytes of a file
	ImportLimit    int                 // bytes of a file of accounts of another system
	Requests       port.RequestLimiter // nil: no limit
	NewID          port.NewID
	Clock          port.Clock
	JWKS           func() []byte
	Checks         []port.Check
	CursorKey      CursorKey
	Decisions      port.Decisions
	Logger         *slog.Logger
	Patience       Patience // zero: defaultPatience
	MaxConnections int      // at the same time; 0: maxConnections
	MaxRequests    int      // at the same time; 0: no limit
	Observe        Observe  // nil: requests are not observed
	Pages          Pages    // nil: there are no pages but those that links in emails open
}

// Patience is how long the server waits for a client.
type Patience struct {
	Read  time.Duration // for a request, from its first byte to its last
	Write time.Duration // for the client to take a response, or a page of an export
	Idle  time.Duration // for the next request on a connection
}

// defaultPatience has a Read below the shutdown grace, so that a stalled client does not delay a shutdown.
var defaultPatience = Patience{Read: 10 * time.Second, Write: 30 * time.Second, Idle: 75 * time.Second}
