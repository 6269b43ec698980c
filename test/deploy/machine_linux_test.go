package deploy

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// machine is a folder that stands for the root of a Debian machine. Its programs are real, but systemctl, which asks this test: it
// starts and stops what the units say.
type machine struct {
	t        *testing.T
	folder   string
	site     *site // as the units see it
	systemd  *httptest.Server
	database string   // address of PostgreSQL
	proxy    *proxied // may be nil
	delay    string   // SHUTDOWN_DELAY_SECONDS; empty: that of the unit
	settle   string   // seconds between two instances; empty: those of sole-upgrade
	reloaded func()   // starts the proxy; may be nil

	mu      sync.Mutex
	running map[string]*replica // by unit
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, folder: t.TempDir(), running: map[string]*replica{}}
	for _, folder := range []string{
		"etc/sole", "etc/caddy", "etc/prometheus", "etc/systemd/system", "usr/lib/sysusers.d", "usr/local/bin", "usr/local/sbin", "var/lib/sole",
		"var/backups/sole", "root", "bin",
	} {
		require.NoError(t, os.MkdirAll(m.path(folder), 0o700))
	}
	m.site = &site{binary: m.path("usr/local/bin/sole"), folder: m.path("var/lib/sole"), settings: m.path("etc/sole/sole.env")}
	m.systemd = httptest.NewServer(http.HandlerFunc(m.systemctl))
	t.Cleanup(m.systemd.Close)
	t.Cleanup(func() {
		for _, r := range m.running {
			r.kill()
		}
	})
	m.script("systemctl", `exec `+m.tool("curl")+` -sS --fail-with-body --get --data-urlencode "args=$*" `+m.systemd.URL)
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.folder, name) }

// tool returns the path of a program that the machine needs.
func (m *machine) tool(name string) string { return harness.Program(m.t, name, name) }

// script adds a program to those that the commands find first.
func (m *machine) script(name, text string) {
	m.t.Helper()
	require.NoError(m.t, os.WriteFile(m.path("bin/"+name), []byte("#!/bin/bash\n"+text+"\n"), 0o700))
}

// env is the environment of commands on the machine.
func (m *machine) env() []string {
	path := strings.Join([]string{m.path("bin"), m.path("usr/local/sbin"), m.path("usr/local/bin"), os.Getenv("PATH"), "/usr/sbin"}, ":")
	env := []string{"PATH=" + path, "HOME=" + m.path("root"), "SOLE_BINARY=" + m.site.binary, "SOLE_SETTINGS=" + m.site.settings}
	if m.settle != "" {
		env = append(env, "SOLE_SETTLE_SECONDS="+m.settle)
	}
	return env
}

// systemctl answers the script of that name.
func (m *machine) systemctl(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	args := strings.Fields(r.URL.Query().Get("args"))
	verb, args := args[0], slices.DeleteFunc(args[1:], func(arg string) bool { return strings.HasPrefix(arg, "--") })
	if verb == "list-units" {
		for _, name := range slices.Sorted(func(yield func(string) bool) {
			for name := range m.running {
				_ = yield(name)
			}
		}) {
			_, _ = fmt.Fprintf(w, "%s loaded active running SOLE\n", name)
		}
		return
	}
	for _, name := range args {
		if err := m.unit(verb, strings.TrimSuffix(name, ".service")); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = fmt.Fprintln(w, err)
		}
	}
}

// unit carries out a command for one unit.
func (m *machine) unit(verb, name string) error {
	instance, isInstance := strings.CutPrefix(name, "sole@")
	switch {
	case isInstance:
		return m.instance(verb, name+".service", instance)
	case name == "caddy":
		if m.reloaded != nil {
			m.reloaded()
		}
		return nil
	case name == "sole-backup" && verb == "start":
		command := exec.Command(m.path("usr/local/sbin/sole-backup"), m.path("var/backups/sole"))
		command.Env = append(m.env(), "SOLE_BACKUP_STATE="+m.site.folder)
		if output, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, output)
		}
		return nil
	case strings.HasSuffix(name, ".timer"), name == "prometheus":
		return nil
	}
	return fmt.Errorf("nobody knows how to %s %s", verb, name)
}

// instance starts or stops an instance of sole@.service.
func (m *machine) instance(verb, name, port string) error {
	if r := m.running[name]; r != nil && slices.Contains([]string{"restart", "stop", "disable"}, verb) {
		_ = r.process.Signal(syscall.SIGTERM) // it may have ended
		<-r.ended
		delete(m.running, name)
	}
	if verb == "stop" || verb == "disable" {
		return nil
	}
	r := &replica{t: m.t, site: m.site, log: &harness.Output{}}
	if _, err := fmt.Sscan(port, &r.port); err != nil {
		return err
	}
	if m.delay != "" {
		r.launch("SHUTDOWN_DELAY_SECONDS=" + m.delay)
	} else {
		r.launch()
	}
	m.running[name] = r
	return nil
}
