package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
	"time"
)

// privateFolder makes a temporary folder that whoever runs the servers can use.
func privateFolder(prefix string) (string, error) {
	folder, err := os.MkdirTemp("", prefix)
	if err != nil {
		return "", err
	}
	if uid, gid, drop := serverAccount(); drop {
		if err := os.Chown(folder, uid, gid); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// serverAccount is whom servers run as when the tests run as root, which initdb refuses.
func serverAccount() (uid, gid int, drop bool) {
	if os.Getuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(account.Uid)
		gid, gidErr := strconv.Atoi(account.Gid)
		return uid, gid, uidErr == nil && gidErr == nil
	}
	return 0, 0, false
}

// command prepares a server's program, run as its own account and ended with the tests.
func command(name string, args ...string) *exec.Cmd {
	process := exec.Command(name, args...)
	process.SysProcAttr = withParent()
	if uid, gid, drop := serverAccount(); drop {
		process.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		process.Dir = os.TempDir()
	}
	return process
}

// start runs a server until the tests end, and then removes its folder.
func start(process *exec.Cmd, folder string) error {
	if err := process.Start(); err != nil {
		return err
	}
	atEnd(func() {
		_ = process.Process.Signal(syscall.SIGINT)
		_ = process.Wait()
		_ = os.RemoveAll(folder)
	})
	return nil
}

// eventually asks until there is an answer, for twenty seconds at most.
func eventually(ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server did not come up: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
