//go:build !unix

package harness

import "syscall"

func handOver(string) error { return nil }

func attributes() *syscall.SysProcAttr { return nil }
