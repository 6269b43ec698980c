// Package redis keeps the short-lived state in Redis, shared by every replica.
package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// The waits are short and nothing is retried: a Redis that hangs must not hang a request.
const (
	dialTimeout = 200 * time.Millisecond
	callTimeout = 200 * time.Millisecond
	poolTimeout = 500 * time.Millisecond
)

// What is wrong with a URL of Redis, and what to write; none shows a part of it.
var (
	errURL       = errors.New("the URL cannot be read: write redis://user:password@host:6379/0, with @ : / ? # % of the password percent-encoded (@ is %40)")
	errScheme    = errors.New("the scheme is not known: write redis://host:6379/0, rediss:// for TLS, or memory:// for one process only")
	errHost      = errors.New("no host is named: write redis://user:password@host:6379/0")
	errDatabase  = errors.New("after the host comes the number of a database and nothing else: write redis://host:6379/0")
	errParameter = errors.New("a parameter after the ? is not known: for Sentinel add ?master=NAME&addr=host:26379 " +
		"(and sentinel_username, sentinel_password), for Cluster ?cluster=true&addr=host:6379, prefix=NAME names the deployment")
	errTopology = errors.New("the parameters do not fit together: for Sentinel write ?master=NAME&addr=host:26379 " +
		"(and sentinel_username, sentinel_password), for Cluster ?cluster=true&addr=host:6379 and no database number but 0")
)

// Client is a connection pool and the prefix of everything we keep through it.
type Client struct {
	goredis.UniversalClient
	prefix string
}

// Open prepares a client; it connects when first used. The URL names one server; with
// ?master=NAME it and every further addr are Sentinels, with the credentials sentinel_username and
// sentinel_password; with ?cluster=true they are nodes of a Cluster. Every key begins with the
// prefix of ?prefix=NAME, or with deployment. Replicas of one deployment must share the prefix,
// and different deployments must not.
func Open(dsn, deployment string) (*Client, error) {
	options, prefix, err := read(dsn)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	quiet()
	if options.TLSConfig != nil {
		options.TLSConfig.ServerName = "" // each node is checked by the name it is dialled by
	}
	return &Client{goredis.NewUniversalClient(options), cmp.Or(prefix, deployment)}, nil
}

// CheckURL tells why no connection can come of a URL, without asking a server.
func CheckURL(dsn string) error {
	_, _, err := read(dsn)
	return err
}

func read(dsn string) (*goredis.UniversalOptions, string, error) {
	parsed, err := url.Parse(dsn)
	if err != nil {
		return nil, "", errURL // the cause may hold the password
	}
	query, err := url.ParseQuery(parsed.RawQuery)
	switch {
	case err != nil || !readable(query):
		return nil, "", errParameter
	case parsed.Scheme != "redis" && parsed.Scheme != "rediss":
		return nil, "", errScheme
	case parsed.Hostname() == "":
		return nil, "", errHost // the library would take localhost
	}
	parsed.RawQuery = ""
	single, err := goredis.ParseURL(parsed.String())
	if err != nil {
		return nil, "", errDatabase
	}
	options := universal(single, query)
	if !consistent(options) {
		return nil, "", errTopology
	}
	return options, query.Get("prefix"), nil
}

func universal(single *goredis.Options, query url.Values) *goredis.UniversalOptions {
	return &goredis.UniversalOptions{
		Addrs: append([]string{single.Addr}, query["addr"]...), DB: single.DB,
		Username: single.Username, Password: single.Password, TLSConfig: single.TLSConfig,
		MasterName: query.Get("master"), IsClusterMode: query.Has("cluster"),
		SentinelUsername: query.Get("sentinel_username"), SentinelPassword: query.Get("sentinel_password"),
		DialTimeout: dialTimeout, ReadTimeout: callTimeout, WriteTimeout: callTimeout, PoolTimeout: poolTimeout,
		MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true,
		// The server may not lengthen these waits while it is being maintained.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// quiet keeps go-redis from printing lines of its own: every failure comes back as an error.
var quiet = sync.OnceFunc(func() { goredis.SetLogger(silence{}) })

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// readable refuses misspelt parameters, which would otherwise be passed over in silence.
func readable(query url.Values) bool {
	for name := range query {
		if !slices.Contains([]string{"addr", "master", "cluster", "prefix", "sentinel_username", "sentinel_password"}, name) {
			return false
		}
	}
	return !query.Has("cluster") || query.Get("cluster") == "true"
}

// consistent tells whether the options describe one server, or Sentinels, or a Cluster.
func consistent(options *goredis.UniversalOptions) bool {
	for _, addr := range options.Addrs[1:] {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return false
		}
	}
	switch {
	case options.MasterName == "" && (options.SentinelUsername != "" || options.SentinelPassword != ""):
		return false
	case options.IsClusterMode:
		return options.MasterName == "" && options.DB == 0 // a Cluster has one database
	case options.MasterName == "":
		return len(options.Addrs) == 1
	}
	return true
}

// key names something of ours; parts are length-prefixed, so that no two differ only in
// where one part ends.
func (c *Client) key(kind string, parts ...string) string {
	var b strings.Builder
	b.WriteString(c.prefix + ":" + kind)
	for _, part := range parts {
		fmt.Fprintf(&b, ":%d:%s", len(part), part)
	}
	return b.String()
}
