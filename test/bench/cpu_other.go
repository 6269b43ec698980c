//go:build !linux

package main

import (
	"errors"
	"time"
)

// CPU time and memory of other processes are read from /proc, which only Linux has.

func cpuOf(int) (time.Duration, error) { return 0, errors.ErrUnsupported }

func family(int) (time.Duration, error) { return 0, errors.ErrUnsupported }

func named(int, string) (int, error) { return 0, errors.ErrUnsupported }

func residentOf(int) (int64, error) { return 0, errors.ErrUnsupported }
