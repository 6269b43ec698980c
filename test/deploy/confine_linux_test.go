package deploy

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// confinedCalls is the variable with the numbers of the allowed system calls, for a process of this test that becomes the service.
const confinedCalls = "SOLE_TEST_CONFINED_CALLS"

// confine makes the command start under restrictions. The files of the site are handed over to the user that it then has.
func confine(t *testing.T, command *exec.Cmd, s *site, calls []string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	program := filepath.Join(s.folder, "sole")
	copyFile(t, command.Path, program)
	handOver(t, s.folder)
	command.Args = append([]string{self, program}, command.Args[1:]...)
	command.Path = self
	command.Env = append(command.Env, confinedCalls+"="+strings.Join(calls, " "))
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	source, err := os.Open(from)
	require.NoError(t, err)
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(target, source)
	require.NoError(t, err)
	require.NoError(t, target.Close())
}

// allowedCalls returns the numbers of the system calls that the filter of the unit leaves.
func allowedCalls(t *testing.T, analyze string) (numbers []string) {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("the numbers of the system calls are read for amd64 only")
	}
	header, err := os.ReadFile("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
	if err != nil {
		harness.Missing(t, "no numbers of system calls: install libc6-dev")
	}
	output, err := exec.Command(analyze, "syscall-filter", "--no-pager").Output()
	require.NoError(t, err)
	sets := map[string][]string{}
	set := ""
	for line := range strings.SplitSeq(string(output), "\n") {
		switch word := strings.TrimSpace(line); {
		case word == "" || strings.HasPrefix(word, "#"):
		case strings.HasPrefix(line, "@"):
			set = word
		default:
			sets[set] = append(sets[set], word)
		}
	}
	allowed := map[string]bool{}
	for _, filter := range readUnit(t, "sole@.service")["Service"]["SystemCallFilter"] {
		names, denied := strings.CutPrefix(filter, "~")
		for name := range strings.FieldsSeq(names) {
			require.NotEmpty(t, sets[name])
			expand(sets, name, func(call string) { allowed[call] = !denied })
		}
	}
	for _, found := range regexp.MustCompile(`(?m)^#define __NR_(\w+) (\d+)$`).FindAllSubmatch(header, -1) {
		if allowed[string(found[1])] {
			numbers = append(numbers, string(found[2]))
		}
	}
	require.Greater(t, len(numbers), 150)
	return numbers
}

func expand(sets map[string][]string, name string, call func(string)) {
	for _, member := range sets[name] {
		if strings.HasPrefix(member, "@") {
			expand(sets, member, call)
		} else {
			call(member)
		}
	}
}

// becomeConfined turns this process into the program, with the restrictions of the unit. It does not return.
func becomeConfined(calls, args []string) {
	runtime.LockOSThread() // the filter is of this thread, which becomes the program
	const nobody, noNewPrivileges, setFilter, denyWriteExecute = 65534, 38, 22, 65
	must(syscall.Setgroups(nil))
	must(syscall.Setgid(nobody))
	must(syscall.Setuid(nobody))
	prctl(denyWriteExecute, 1, 0) // older kernels do not know it: the filter denies such memory, too
	filter := callFilter(calls)
	program := &syscall.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if prctl(noNewPrivileges, 1, 0) != 0 || prctl(setFilter, 2, uintptr(unsafe.Pointer(program))) != 0 {
		os.Exit(97)
	}
	env := slices.DeleteFunc(os.Environ(), func(pair string) bool { return strings.HasPrefix(pair, confinedCalls) })
	must(syscall.Exec(args[0], args, env))
}

func must(err error) {
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(98)
	}
}

func prctl(option, first, second uintptr) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, option, first, second, 0, 0, 0)
	return errno
}

// callFilter returns the program that the kernel runs for each system call: those of other architectures and those that are not in the
// list fail with EPERM, and so does a mapping that is written and executed.
func callFilter(calls []string) []syscall.SockFilter {
	const (
		load, equal, and, end = 0x20, 0x15, 0x54, 0x06
		allow, deny           = 0x7fff0000, 0x00050000 | uint32(syscall.EPERM)
		amd64, archAt, callAt = 0xc000003e, 4, 0
		protectionAt          = 16 + 8*2
	)
	op := func(code uint16, k uint32) syscall.SockFilter { return syscall.SockFilter{Code: code, K: k} }
	unless := func(k uint32, skip uint8) syscall.SockFilter { return syscall.SockFilter{Code: equal, Jf: skip, K: k} }
	filter := []syscall.SockFilter{op(load, archAt), {Code: equal, Jt: 1, K: amd64}, op(end, deny), op(load, callAt)}
	for call, bits := range map[uint32]uint32{syscall.SYS_MMAP: 6, syscall.SYS_MPROTECT: 4} {
		filter = append(filter, unless(call, 5), op(load, protectionAt), op(and, bits), unless(bits, 1), op(end, deny), op(end, allow))
	}
	for _, call := range calls {
		number, err := strconv.Atoi(call)
		must(err)
		filter = append(filter, unless(uint32(number), 1), op(end, allow))
	}
	return append(filter, op(end, deny))
}
