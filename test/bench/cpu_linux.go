package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ticks is the unit of times in /proc: clock ticks per second, which Linux fixes at 100 for programs.
const ticks = 100

// cpuOf returns the user and system time of a process, to the nanosecond, and of its children that have ended.
func cpuOf(pid int) (time.Duration, error) {
	var own unix.Timespec
	// CPUCLOCK_SCHED of another process, as clock_getcpuclockid(3) makes it.
	if err := unix.ClockGettime(int32(^pid<<3|2), &own); err != nil {
		return 0, fmt.Errorf("the CPU clock of process %d: %w", pid, err)
	}
	stat, err := readStat(pid)
	return time.Duration(own.Nano()) + stat.ended, err
}

// stat holds the fields of /proc/PID/stat that the bench needs.
type stat struct {
	name   string
	parent int
	ended  time.Duration // user and system time of the children that have ended
}

func readStat(pid int) (stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(text)
}

// parseStat reads a line of /proc/PID/stat (proc_pid_stat(5)). The name is in parentheses and may contain any character.
func parseStat(line []byte) (stat, error) {
	open, closing := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 0 || closing < open {
		return stat{}, fmt.Errorf("not a line of /proc/PID/stat: %q", line)
	}
	fields := strings.Fields(string(line[closing+1:])) // from field 3, the state
	if len(fields) < 15 {
		return stat{}, fmt.Errorf("not a line of /proc/PID/stat: %q", line)
	}
	var numbers [3]int
	for i, field := range []int{4, 16, 17} { // ppid, cutime, cstime
		number, err := strconv.Atoi(fields[field-3])
		if err != nil {
			return stat{}, fmt.Errorf("field %d of /proc/PID/stat: %w", field, err)
		}
		numbers[i] = number
	}
	return stat{
		name: string(line[open+1 : closing]), parent: numbers[0],
		ended: time.Duration(numbers[1]+numbers[2]) * time.Second / ticks,
	}, nil
}

// family returns the time of a process and of all its children, living and ended.
func family(parent int) (time.Duration, error) {
	total, err := cpuOf(parent)
	if err != nil {
		return 0, err
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if s, err := readStat(pid); err != nil || s.parent != parent {
			continue // another process, or one that has just ended
		}
		if spent, err := cpuOf(pid); err == nil {
			total += spent
		}
	}
	return total, nil
}

// named returns the parent of a process. It returns an error if the process does not have this name, because the server with this
// id then runs on another machine.
func named(pid int, name string) (parent int, err error) {
	s, err := readStat(pid)
	if err == nil && s.name != name {
		err = fmt.Errorf("process %d is not %s", pid, name)
	}
	return s.parent, err
}

// residentOf returns the resident memory of a process in bytes.
func residentOf(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	return parseStatm(text)
}

// parseStatm returns the resident memory in bytes from /proc/PID/statm, whose second field counts pages.
func parseStatm(text []byte) (int64, error) {
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0, fmt.Errorf("not a line of /proc/PID/statm: %q", text)
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err
}
