//go:build unix

package harness

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account returns the account under which servers run. It differs if the tests run as root, which initdb refuses.
func account() (uid, gid int, differs bool) {
	if os.Getuid() != 0 {
		return 0, 0, false
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(found.Uid)
		gid, gidErr := strconv.Atoi(found.Gid)
		return uid, gid, uidErr == nil && gidErr == nil
	}
	return 0, 0, false
}

// handOver makes the account of the servers the owner of a folder.
func handOver(folder string) error {
	uid, gid, differs := account()
	if !differs {
		return nil
	}
	return os.Chown(folder, uid, gid)
}

// attributes returns process attributes: the account of the servers, and an end together with the tests.
func attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{}
	if uid, gid, differs := account(); differs {
		attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	endWithTests(attributes)
	return attributes
}
