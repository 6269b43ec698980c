package harness

import "syscall"

// withParent has the kernel end the process when the tests are killed.
func withParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
