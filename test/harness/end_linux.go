package harness

import "syscall"

// endWithTests makes the kernel stop the program when the tests are killed.
func endWithTests(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGINT }
