package main

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStatIsReadWithAnyName(t *testing.T) {
	read, err := parseStat([]byte("42 (a (strange) name) S 7 42 42 0 -1 4194560 1 2 3 4 11 12 250 50 20 0 1 0 99 0 0\n"))
	require.NoError(t, err)
	require.Equal(t, stat{name: "a (strange) name", parent: 7, ended: 3 * time.Second}, read)
	for _, line := range []string{"", "42", "42 (name", "42 (name) S 7", "42 (name) S x 42 42 0 -1 4194560 1 2 3 4 11 12 250 50 20 0"} {
		_, err := parseStat([]byte(line))
		require.Error(t, err, line)
	}
}

func TestStatmGivesTheResidentMemory(t *testing.T) {
	bytes, err := parseStatm([]byte("2000 300 100 1 0 50 0\n"))
	require.NoError(t, err)
	require.Equal(t, 300*int64(os.Getpagesize()), bytes)
	for _, text := range []string{"", "1", "1 x"} {
		_, err := parseStatm([]byte(text))
		require.Error(t, err, text)
	}
}

// TestTimeOfAFamilyIncludesChildrenThatEnded starts a shell that works in one child after another.
func TestTimeOfAFamilyIncludesChildrenThatEnded(t *testing.T) {
	shell := exec.Command("sh", "-c", "sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'; echo done; read stay")
	input, err := shell.StdinPipe()
	require.NoError(t, err)
	output, err := shell.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, shell.Start())
	_, err = output.Read(make([]byte, 1))
	require.NoError(t, err)
	spent, err := family(shell.Process.Pid)
	require.NoError(t, err)
	own, err := readStat(shell.Process.Pid)
	require.NoError(t, err)
	require.Positive(t, own.ended)
	require.GreaterOrEqual(t, spent, own.ended)
	require.NoError(t, input.Close())
	_ = shell.Wait() // read fails without input
	_, err = cpuOf(shell.Process.Pid)
	require.Error(t, err, "the process has ended")
}

func TestOnlyAProcessWithTheNameIsFound(t *testing.T) {
	_, err := named(os.Getpid(), "postgres")
	require.ErrorContains(t, err, "is not postgres")
}
