//go:build linux

package deploy

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// proxied is a proxy of deploy/ before two replicas.
type proxied struct {
	site     *site
	replicas []*replica
	own      certificate
	https    string // address
	http     string // address
	log      *harness.Output
}

// proxies start a program with its file in deploy/.
var proxies = map[string]func(*testing.T, *proxied) *exec.Cmd{"haproxy": haproxy, "nginx": nginx, "caddy": caddy}

// behind starts two replicas and a proxy before them.
func behind(t *testing.T, proxy func(*testing.T, *proxied) *exec.Cmd) *proxied {
	t.Helper()
	p := &proxied{own: newCertificate(t), https: freeAddress(t), http: freeAddress(t)}
	p.replicas = []*replica{{port: 8001}, {port: 8002}}
	_ = proxy(t, p) // skips at once if the program is missing
	p.site = newSite(t)
	p.replicas = []*replica{p.site.start(t), p.site.start(t)}
	p.log = launch(t, proxy(t, p))
	soon(t, "the proxy serves", func() bool {
		a := p.from(t, "127.0.0.1").call("GET", "/health/ready", nil)
		return a.err == nil && a.StatusCode == http.StatusOK
	})
	return p
}

func (p *proxied) from(t *testing.T, address string) *client {
	t.Helper()
	return outside(t, p.https, p.own, address)
}

// addresses are replacements of the addresses of the two replicas.
func (p *proxied) addresses() []string {
	return []string{"127.0.0.1:8001", p.replicas[0].address(), "127.0.0.1:8002", p.replicas[1].address()}
}

func haproxy(t *testing.T, p *proxied) *exec.Cmd {
	t.Helper()
	program, folder := harness.Program(t, "haproxy", "haproxy"), t.TempDir()
	text := deployed(t, "haproxy/haproxy.cfg", append(p.addresses(),
		"log /dev/log local0", "log stdout format raw local0",
		"    chroot /var/lib/haproxy\n    user haproxy\n    group haproxy\n", "",
		"/run/haproxy/admin.sock", filepath.Join(folder, "admin.sock"),
		"maxconn 8000", "maxconn 400", // for which every system allows enough files
		"bind :80\n", "bind "+p.http+"\n",
		"bind :443 ", "bind "+p.https+" ",
		"/etc/haproxy/certs/id.example.org.pem", p.own.both,
	)...)
	return exec.Command(program, "-db", "-f", write(t, filepath.Join(folder, "haproxy.cfg"), text))
}

// nginxBase is the configuration around that of deploy/. One process without a master stays the user of the test, and writes to its
// own folder only.
const nginxBase = `daemon off; master_process off; pid nginx.pid; error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    include sole.conf;
}
`

func nginx(t *testing.T, p *proxied) *exec.Cmd {
	t.Helper()
	program, folder := harness.Program(t, "nginx", "nginx-light"), t.TempDir()
	write(t, filepath.Join(folder, "nginx.conf"), nginxBase)
	write(t, filepath.Join(folder, "sole.conf"), deployed(t, "nginx/sole.conf", append(p.addresses(),
		"    listen 80;\n    listen [::]:80;\n", "    listen "+p.http+";\n",
		"    listen 443 ssl http2;\n    listen [::]:443 ssl http2;\n", "    listen "+p.https+" ssl http2;\n",
		"/etc/ssl/sole/fullchain.pem", p.own.chain,
		"/etc/ssl/sole/privkey.pem", p.own.key,
	)...))
	return exec.Command(program, "-p", folder, "-c", "nginx.conf", "-e", "stderr")
}

func caddy(t *testing.T, p *proxied) *exec.Cmd {
	t.Helper()
	program, folder := harness.Program(t, "caddy", "caddy"), t.TempDir()
	_, httpsPort, err := net.SplitHostPort(p.https)
	require.NoError(t, err)
	_, httpPort, err := net.SplitHostPort(p.http)
	require.NoError(t, err)
	text := deployed(t, "caddy/Caddyfile", append(p.addresses(),
		"{\n\tservers {", "{\n\tadmin off\n\tdefault_bind 127.0.0.1\n\thttp_port "+httpPort+"\n\thttps_port "+httpsPort+"\n\tservers {",
		"id.example.org {\n", "id.example.org {\n\ttls "+p.own.chain+" "+p.own.key+"\n",
	)...)
	command := exec.Command(program, "run", "--adapter", "caddyfile", "--config", write(t, filepath.Join(folder, "Caddyfile"), text))
	command.Dir, command.Env = folder, append(os.Environ(), "HOME="+folder, "XDG_CONFIG_HOME="+folder, "XDG_DATA_HOME="+folder)
	return command
}

func freeAddress(t *testing.T) string {
	t.Helper()
	port, err := harness.FreePort()
	require.NoError(t, err)
	return "127.0.0.1:" + strconv.Itoa(port)
}
