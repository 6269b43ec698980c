package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/sole-platform/sole/adapters/cli"
)

// Exit codes of the process.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// Main runs the command line and returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	// The HTTP client that calls receivers logs bytes of answers that nobody asked for. Everything else logs with slog.
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	root := cli.Root(cli.New(program{out: stdout, err: stderr}, os.Stdin, stdout, stderr), setupFlags()...)
	root.SetArgs(cli.Args(args))
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	_, _ = fmt.Fprintf(stderr, "sole: %s\n", cli.Reason(err))
	if _, usage := errors.AsType[cli.UsageError](err); usage {
		return exitUsage
	}
	return exitFailure
}
