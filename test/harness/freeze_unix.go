//go:build unix

package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Freeze makes the server hang: the kernel accepts connections, but the server does not answer.
func (s *PrivateServer) Freeze(t testing.TB) {
	t.Helper()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("freezing a server needs /proc, which lists its children")
	}
	if err := syscall.Kill(s.running.system.Pid, syscall.SIGSTOP); err != nil { // it starts no more processes
		t.Fatal(err)
	}
	for _, pid := range s.running.all()[1:] {
		_ = syscall.Kill(pid, syscall.SIGSTOP) // it may have ended
	}
}

// Thaw continues a frozen server. It does nothing if the server is not frozen.
func (s *PrivateServer) Thaw(t testing.TB) {
	t.Helper()
	s.running.thaw()
}

// Kill ends every process of the server, as a crash would.
func (s *PrivateServer) Kill(t testing.TB) {
	t.Helper()
	running := s.running
	s.running = nil
	all := running.all()
	for _, pid := range all { // the first starts no more
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-running.ended
	for _, pid := range all {
		for until := time.Now().Add(20 * time.Second); alive(pid); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatalf("process %d survives SIGKILL", pid)
			}
		}
	}
}

func (p *process) thaw() {
	for _, pid := range p.all() {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
}

// all returns the ids of the process and its children from /proc, or of the process alone if there is no
// /proc.
func (p *process) all() []int {
	pids := []int{p.system.Pid}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		text, _ := os.ReadFile(stat)
		_, fields, _ := strings.Cut(string(text), ") ") // past the name, which may hold anything
		var state string
		var parent int
		if _, err := fmt.Sscan(fields, &state, &parent); err == nil && parent == p.system.Pid {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(stat)))
			pids = append(pids, pid)
		}
	}
	return pids
}
