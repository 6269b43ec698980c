package river_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// TestAKilledWorkerLosesNothing kills the process that does a job, and has another one go on.
func TestAKilledWorkerLosesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, []port.Job{greeting{}}, func(t *testing.T, f *fixture) {
		require.NoError(t, f.in(t, func(tx port.OrgTx) error { return tx.Jobs().Enqueue(t.Context(), greeting{Name: "Ada"}) }))
		killed := exec.Command(os.Args[0], "-test.run", "^TestWorkerProcess$")
		killed.Env = append(os.Environ(), "SOLE_TEST_WORKER="+f.dsn)
		out, err := killed.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, killed.Start())
		for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != working; {
		}
		require.NoError(t, killed.Process.Kill())
		require.Error(t, killed.Wait())
		require.Equal(t, 1, f.count(t, "SELECT count(*) FROM river_job WHERE state = 'running'"))
		f.abandon(t)
		greeted := make(chan string, 1)
		f.work(t, port.HandleJob(func(_ context.Context, _ domain.OrgID, job greeting) error {
			greeted <- job.Name
			return nil
		}))
		require.Equal(t, "Ada", <-greeted)
	})
}

const working = "working"

// TestWorkerProcess is the process that TestAKilledWorkerLosesNothing kills.
func TestWorkerProcess(t *testing.T) {
	dsn := os.Getenv("SOLE_TEST_WORKER")
	if dsn == "" {
		t.Skip("for TestAKilledWorkerLosesNothing")
	}
	f := connect(t, dsn, greeting{})
	f.work(t, port.HandleJob(func(context.Context, domain.OrgID, greeting) error {
		_, _ = os.Stdout.WriteString("\n" + working + "\n")
		select {}
	}))
	<-t.Context().Done()
}
