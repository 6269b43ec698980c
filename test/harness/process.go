package harness

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

var errEnded = errors.New("it ended at once")

// process is a program of a server. It runs until it is stopped or the tests end.
type process struct {
	system  *os.Process
	logFile string
	ended   <-chan struct{}
}

// run starts a program that writes its log into the folder.
func run(folder, program string, args ...string) (*process, error) {
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return nil, err
	}
	cmd := command(folder, program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	ended, err := Start(cmd)
	_ = log.Close()
	if err != nil {
		return nil, err
	}
	return &process{system: cmd.Process, logFile: log.Name(), ended: ended}, nil
}

// Start starts a program that ends with this process. The channel is closed when the program has ended.
func Start(cmd *exec.Cmd) (<-chan struct{}, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	endWithTests(cmd.SysProcAttr)
	ended, started := make(chan struct{}), make(chan error)
	go func() {
		// Linux ends the program together with the thread that started it, so this thread waits for it.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(ended)
	}()
	return ended, <-started
}

// command returns a program, not started, that runs under the servers' account and ends with the tests.
func command(folder, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.SysProcAttr = folder, attributes()
	return cmd
}

func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// stop asks the program to end cleanly, and kills it if it does not.
func (p *process) stop() error {
	if p.system.Signal(os.Interrupt) != nil {
		_ = p.system.Kill()
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(20 * time.Second):
		_ = p.system.Kill()
		<-p.ended
		return fmt.Errorf("process %d had to be killed", p.system.Pid)
	}
}

// log returns the output of the program so far.
func (p *process) log() string {
	said, err := os.ReadFile(p.logFile)
	if err != nil {
		return err.Error()
	}
	return string(said)
}

// FreePort returns a port on which nothing listens, below the ephemeral ports: otherwise a client could get the
// port of a server that is stopped for a moment.
func FreePort() (int, error) {
	var failed error
	for range 50 {
		port := 20000 + rand.IntN(10000)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, listener.Close()
		}
		failed = err
	}
	return 0, failed
}
