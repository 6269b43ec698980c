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
	"time"
)

var errEnded = errors.New("it ended at once")

// process is a server's program, running until it is stopped or the tests end.
type process struct {
	system  *os.Process
	logFile string
	ended   chan struct{}
}

// run starts a program that writes its log into the folder.
func run(folder, program string, args ...string) (*process, error) {
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return nil, err
	}
	cmd := command(folder, program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	ended, started := make(chan struct{}), make(chan error)
	go func() {
		// Linux ends the program with the thread that started it: so this thread waits for it.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		_ = log.Close()
		close(ended)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return &process{system: cmd.Process, logFile: log.Name(), ended: ended}, nil
}

// command prepares a program that runs under the servers' account and ends with the tests.
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

// stop asks the program to end at once and in good order, and kills one that will not.
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

// log is what the program has said so far.
func (p *process) log() string {
	said, err := os.ReadFile(p.logFile)
	if err != nil {
		return err.Error()
	}
	return string(said)
}

// freePort finds a port that nothing listens on, below those that systems lend to
// clients: else a client may be lent the port of a server that is away for a moment.
func freePort() (int, error) {
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
