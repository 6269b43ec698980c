package harness

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The passwords are the placeholders of the files in deploy/redis, which are valid passwords.
const (
	redisPassword    = "REDIS-PASSWORD"
	sentinelPassword = "SENTINEL-PASSWORD"
)

// SentinelRedis is a primary with a replica, watched by three Sentinels, all with the files of deploy/redis.
type SentinelRedis struct {
	URL       string // for REDIS_URL
	Servers   [2]*PrivateServer
	Sentinels [3]*PrivateServer
}

// NewSentinelRedis starts the servers for this test. The first server is the primary. It returns once every Sentinel knows
// the replica and the other Sentinels.
func NewSentinelRedis(t testing.TB) *SentinelRedis {
	t.Helper()
	program := Program(t, "redis-server", "redis-server")
	places := newPlaces(t, 5)
	first := strconv.Itoa(places[0].port)
	r := &SentinelRedis{}
	for i, at := range places[:2] {
		pairs := append(at.redis(), "bind 127.0.0.1 192.0.2.11\n", "bind 127.0.0.1\n")
		if i > 0 {
			pairs = append(pairs, "#replicaof 192.0.2.11 6379", "replicaof 127.0.0.1 "+first)
		}
		r.Servers[i] = startedAt(t, at, program, at.write(t, "redis.conf", Deployed(t, "redis/redis.conf", pairs...)))
	}
	awaitReply(t, r.Servers[1], redisPassword, "INFO replication", "master_link_status:up")
	var hosts []string
	for i, at := range places[2:] {
		config := at.write(t, "sentinel.conf", Deployed(t, "redis/sentinel.conf",
			"bind 127.0.0.1 192.0.2.21\n", "bind 127.0.0.1\n", "port 26379\n", fmt.Sprintf("port %d\n", at.port),
			"dir /var/lib/redis\n", "dir "+at.folder+"\n", "192.0.2.11 6379 2", "127.0.0.1 "+first+" 2"))
		r.Sentinels[i] = startedAt(t, at, program, config, "--sentinel")
		hosts = append(hosts, r.Sentinels[i].url)
	}
	for _, sentinel := range r.Sentinels {
		awaitReply(t, sentinel, sentinelPassword, "SENTINEL MASTER sole", "num-other-sentinels\r\n$1\r\n2\r\n")
		awaitReply(t, sentinel, sentinelPassword, "SENTINEL MASTER sole", "num-slaves\r\n$1\r\n1\r\n")
	}
	r.URL = "redis://:" + redisPassword + "@" + hosts[0] + "?" + url.Values{
		"master": {"sole"}, "addr": hosts[1:], "sentinel_password": {sentinelPassword},
	}.Encode()
	return r
}

// ClusterRedis is a Cluster of three primaries with a replica each, with the file of deploy/redis.
type ClusterRedis struct {
	URL   string // for REDIS_URL
	Nodes [6]*PrivateServer
}

// NewClusterRedis starts the nodes for this test and joins them. The first three are the primaries.
func NewClusterRedis(t testing.TB) *ClusterRedis {
	t.Helper()
	program := Program(t, "redis-server", "redis-server")
	cli := Program(t, "redis-cli", "redis-tools")
	r := &ClusterRedis{}
	var hosts []string
	for i, at := range newPlaces(t, len(r.Nodes)) {
		pairs := append(at.redis(), "bind 127.0.0.1 192.0.2.31\n", "bind 127.0.0.1\n")
		r.Nodes[i] = startedAt(t, at, program, at.write(t, "redis.conf", Deployed(t, "redis/cluster.conf", pairs...)))
		hosts = append(hosts, r.Nodes[i].url)
	}
	create := append([]string{"-a", redisPassword, "--no-auth-warning", "--cluster", "create"}, hosts...)
	output, err := exec.Command(cli, append(create, "--cluster-replicas", "1", "--cluster-yes")...).CombinedOutput()
	if err != nil {
		t.Fatalf("redis-cli --cluster create: %v: %s", err, output)
	}
	for _, node := range r.Nodes {
		awaitReply(t, node, redisPassword, "CLUSTER INFO", "cluster_state:ok")
		awaitReply(t, node, redisPassword, "CLUSTER INFO", "cluster_known_nodes:6")
	}
	for _, node := range r.Nodes[3:] {
		awaitReply(t, node, redisPassword, "INFO replication", "master_link_status:up")
	}
	r.URL = "redis://:" + redisPassword + "@" + hosts[0] + "?" + url.Values{"cluster": {"true"}, "addr": hosts[1:]}.Encode()
	return r
}

// redis returns the replacements that redis.conf and cluster.conf need at this place.
func (p place) redis() []string {
	return []string{"port 6379\n", fmt.Sprintf("port %d\n", p.port), "dir /var/lib/redis\n", "dir " + p.folder + "\n"}
}

// startedAt starts a Redis server or Sentinel with a configuration file.
func startedAt(t testing.TB, at place, program string, args ...string) *PrivateServer {
	t.Helper()
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(at.port))
	return forTest(t, &sharedRedis, func() (*PrivateServer, error) {
		return started(&PrivateServer{url: address, folder: at.folder, program: program, args: args, ping: dial})
	})
}

// awaitReply sends a command until the reply contains a text.
func awaitReply(t testing.TB, server *PrivateServer, password, command, wanted string) {
	t.Helper()
	var reply string
	var err error
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if reply, err = askRedis(t.Context(), server.url, password, command, wanted); err == nil {
			return
		}
	}
	t.Fatalf("%s never answered %q to %s, but: %v %s", server.url, wanted, command, err, reply)
}

// askRedis sends one command on a plain connection and reads until a text has arrived, for a moment at most.
func askRedis(ctx context.Context, address, password, command, wanted string) (reply string, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "AUTH "+password+"\r\n"+command+"\r\n"); err != nil {
		return "", err
	}
	if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		return "", err
	}
	for part := make([]byte, 8192); !strings.Contains(reply, wanted); {
		n, err := conn.Read(part)
		if err != nil {
			return reply, err
		}
		reply += string(part[:n])
	}
	return reply, nil
}
