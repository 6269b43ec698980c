package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/test/harness"
)

// program is a running server: a replica of the service, or a floor.
type program struct {
	address    string
	pid        int
	ended      <-chan struct{}
	readyAfter time.Duration
}

const (
	roleVariable    = "SOLE_BENCH_ROLE"    // makes this program serve a floor instead of measuring
	serviceVariable = "SOLE_BENCH_SERVICE" // the address of a service, whose answers the floor copies
)

// The floors.
const (
	floorRole     = "floor"
	unauditedRole = "unaudited"
)

// serveRole serves the floor that the environment names. It reports whether it names one.
func serveRole() (served bool, err error) {
	role := os.Getenv(roleVariable)
	if role == "" {
		return false, nil
	}
	config, err := bootstrap.Load(bootstrap.Source{EnvFile: os.DevNull})
	if err != nil {
		return true, err
	}
	switch role {
	case unauditedRole:
		return true, serveUnaudited(config)
	case receiversRole:
		return true, serveReceivers(config)
	}
	return true, serveFloor(config)
}

// startService starts a replica of the service, with further configuration if any.
func (w *world) startService(ctx context.Context, env ...string) (*program, error) {
	binary, err := w.binary()
	if err != nil {
		return nil, err
	}
	return w.start(ctx, exec.Command(binary, "serve"), append([]string{"DATABASE_URL=" + w.config.DatabaseURL}, env...)...)
}

// startFloor starts a floor: this program in another role. It copies some answers of a service.
func (w *world) startFloor(ctx context.Context, role string, service *program) (*program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return w.start(ctx, exec.Command(self), "DATABASE_URL="+w.baseDatabase, roleVariable+"="+role, serviceVariable+"="+service.address)
}

// start starts a server with the configuration of the world and waits until it is ready. Its log is discarded, because
// writing it to a file would be a part of its cost.
func (w *world) start(ctx context.Context, cmd *exec.Cmd, env ...string) (*program, error) {
	port, err := harness.FreePort()
	if err != nil {
		return nil, err
	}
	cmd.Dir, cmd.Env = w.folder, append(append(w.environment(), "PORT="+strconv.Itoa(port)), env...)
	p := &program{address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}
	began := time.Now()
	if p.ended, err = harness.Start(cmd); err != nil {
		return nil, err
	}
	p.pid = cmd.Process.Pid
	if err := p.ready(ctx); err != nil {
		p.stop()
		return nil, err
	}
	p.readyAfter = time.Since(began)
	return p, nil
}

func (w *world) environment() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOST=127.0.0.1", "PROXIES_COUNT=0", "DATA_DIR=" + w.folder,
		"REDIS_URL=" + w.config.RedisURL,
		"SECRET_KEY=" + w.config.SecretKey, "JWT_PRIVATE_KEY=" + w.config.PrivateKeyPEM,
		"JWT_ISSUER=" + w.config.Issuer, "JWT_AUDIENCE=" + w.config.Audience, "DEFAULT_ORG_ID=" + string(w.config.DefaultOrgID),
		"WEBAUTHN_RP_ID=" + rpID, "WEBAUTHN_ORIGINS=" + passkeyOrigins,
		"RATE_LIMIT_PER_MINUTE=10000000", // counted on every request, reached by none
	}
}

// ready waits until the server is ready.
func (p *program) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+readyPath, nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.ended:
			return fmt.Errorf("the server at %s ended at once", p.address)
		case <-ctx.Done():
			return fmt.Errorf("the server at %s did not become ready: %w", p.address, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// stop stops the server and waits until it has ended.
func (p *program) stop() {
	if process, err := os.FindProcess(p.pid); err == nil {
		_ = process.Signal(syscall.SIGINT)
	}
	<-p.ended
}
