// Package redis stores the short-lived state in Redis, which all replicas share.
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

// The timeouts are short and nothing is retried, so that a Redis that hangs does not block requests.
const (
	dialTimeout = 200 * time.Millisecond
	callTimeout = 200 * time.Millisecond
	poolTimeout = 500 * time.Millisecond
)

// Errors of a Redis URL. They say what to write, and do not repeat any part of the URL.
var (
	errURL = errors.New(
		"the URL cannot be read: write redis://user:password@host:6379/0, with @ : / ? # % of the password percent-encoded (@ is %40)",
	)
	errScheme    = errors.New("unknown scheme: write redis://host:6379/0, rediss:// for TLS, or memory:// for one process only")
	errHost      = errors.New("the URL has no host: write redis://user:password@host:6379/0")
	errDatabase  = errors.New("the path must be the number of a database: write redis://host:6379/0")
	errParameter = errors.New("unknown parameter after the ?: for Sentinel add ?master=NAME&addr=host:26379 " +
		"(and sentinel_username, sentinel_password), for Cluster ?cluster=true&addr=host:6379, prefix=NAME names the deployment")
	errTopology = errors.New("the parameters do not fit together: for Sentinel write ?master=NAME&addr=host:26379 " +
		"(and sentinel_username, sentinel_password), for Cluster ?cluster=true&addr=host:6379 and no database number but 0")
)

// Client is a pool of connections with the prefix of all its keys.
type Client struct {
	goredis.UniversalClient
	prefix string
}

// Open returns a client, which connects when it is first used. The URL names one server. With ?master=NAME that host and
// every addr are Sentinels, with the credentials sentinel_username and sentinel_password; with ?cluster=true they are nodes
// of a Cluster. Every key starts with the prefix of ?prefix=NAME, or with deployment. The replicas of one deployment need
// the same prefix, and different deployments different ones.
func Open(dsn, deployment string) (*Client, error) {
	options, prefix, err := read(dsn)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	quiet()
	if options.TLSConfig != nil {
		options.TLSConfig.ServerName = "" // the certificate of each node is checked for the name that is dialled
	}
	return &Client{goredis.NewUniversalClient(options), cmp.Or(prefix, deployment)}, nil
}

// CheckURL returns an error that says what to write if no connection can be made with a URL. It connects to nothing.
func CheckURL(dsn string) error {
	_, _, err := read(dsn)
	return err
}

func read(dsn string) (*goredis.UniversalOptions, string, error) {
	parsed, err := url.Parse(dsn)
	if err != nil {
		return nil, "", errURL // the cause can contain the password
	}
	query, err := url.ParseQuery(parsed.RawQuery)
	switch {
	case err != nil || !readable(query):
		return nil, "", errParameter
	case parsed.Scheme != "redis" && parsed.Scheme != "rediss":
		return nil, "", errScheme
	case parsed.Hostname() == "":
		return nil, "", errHost // the library would use localhost
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
		// The server cannot prolong these timeouts during its maintenance.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// quiet drops the log of go-redis, because every failure is also returned as an error.
var quiet = sync.OnceFunc(func() { goredis.SetLogger(silence{}) })

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// readable reports whether every parameter is known. go-redis would ignore unknown ones.
func readable(query url.Values) bool {
	for name := range query {
		if !slices.Contains([]string{"addr", "master", "cluster", "prefix", "sentinel_username", "sentinel_password"}, name) {
			return false
		}
	}
	return !query.Has("cluster") || query.Get("cluster") == "true"
}

// consistent reports whether the options describe one server, Sentinels or a Cluster.
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

// key returns the name of a key. Each part is preceded by its length, so that different parts never have the same name.
func (c *Client) key(kind string, parts ...string) string {
	var b strings.Builder
	b.WriteString(c.prefix + ":" + kind)
	for _, part := range parts {
		fmt.Fprintf(&b, ":%d:%s", len(part), part)
	}
	return b.String()
}
