package river_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	anOrg     = "0193b0a2-0000-7000-8000-000000000001"
	anAccount = "0193b0a2-0000-7000-8000-000000000002"
	anImport  = "0193b0a2-0000-7000-8000-000000000003"
)

// stored are jobs as they were in the table river_job before jobs had types of their own. Every later version must be
// able to do them, and the version before must be able to do new jobs, because both run during an upgrade.
var stored = map[string]struct {
	queue, args string
	job         port.Job
}{
	"letter": {
		queue: "default",
		args: `{"org": "` + anOrg + `", "about": "confirm_address", "address": "Ada@example.org", "account": "` + anAccount + `",
			"letter": {"Kind": "confirm_address", "To": "Ada@example.org", "Account": "` + anAccount + `", "At": "2026-03-14T15:09:26.535897Z",
			"Origin": {"Address": "192.0.2.7", "UserAgent": "Firefox", "RequestID": "request-1", "HomeOrg": ""}, "Details": {"change": "c"}}}`,
		job: port.EmailJob{Message: domain.EmailMessage{
			Kind: domain.EmailConfirmAddress, To: "Ada@example.org", Account: anAccount,
			At:     time.Date(2026, 3, 14, 15, 9, 26, 535_897_000, time.UTC),
			Origin: domain.Origin{Address: "192.0.2.7", UserAgent: "Firefox", RequestID: "request-1"}, Details: map[string]string{"change": "c"},
		}},
	},
	"import": {
		queue: "orders",
		args: `{"org": "` + anOrg + `", "order": {"Import": "` + anImport + `", "By": "` + anAccount + `",
			"Origin": {"Address": "192.0.2.7", "UserAgent": "", "RequestID": "request-1", "HomeOrg": "` + anOrg + `"}}}`,
		job: members.ImportJob{Order: domain.ImportOrder{
			Import: anImport, By: anAccount, Origin: domain.Origin{Address: "192.0.2.7", RequestID: "request-1", HomeOrg: anOrg},
		}},
	},
	"erasure": {
		queue: "orders",
		args: `{"org": "` + anOrg + `", "order": {"User": "` + anAccount + `", "By": "` + anImport + `",
			"Origin": {"Address": "", "UserAgent": "", "RequestID": "request-1", "HomeOrg": ""}}}`,
		job: members.EraseJob{Order: domain.Erasure{User: anAccount, By: anImport, Origin: domain.Origin{RequestID: "request-1"}}},
	},
}

// TestJobsThatWaitDuringAnUpgradeAreDone by the version after.
func TestJobsThatWaitDuringAnUpgradeAreDone(t *testing.T) {
	t.Parallel()
	onEach(t, []port.Job{port.EmailJob{}, members.ImportJob{}, members.EraseJob{}}, func(t *testing.T, f *fixture) {
		for kind, job := range stored {
			f.insert(t, kind, job.queue, job.args)
		}
		var mu sync.Mutex
		done := map[string]port.Job{}
		keep := func(org domain.OrgID, job port.Job) error {
			mu.Lock()
			defer mu.Unlock()
			require.EqualValues(t, anOrg, org)
			done[job.Kind()] = job
			return nil
		}
		f.work(t,
			port.HandleJob(func(_ context.Context, org domain.OrgID, job port.EmailJob) error { return keep(org, job) }),
			port.HandleJob(func(_ context.Context, org domain.OrgID, job members.ImportJob) error { return keep(org, job) }),
			port.HandleJob(func(_ context.Context, org domain.OrgID, job members.EraseJob) error { return keep(org, job) }),
		)
		require.Eventually(t, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(done) == len(stored)
		}, 20*time.Second, 20*time.Millisecond)
		for kind, job := range stored {
			require.Equal(t, job.job, done[kind])
		}
	})
}

// TestTheVersionBeforeCanDoNewJobs: kind, queue, org and the member that it reads are as it stores them itself.
func TestTheVersionBeforeCanDoNewJobs(t *testing.T) {
	t.Parallel()
	onEach(t, []port.Job{port.EmailJob{}, members.ImportJob{}, members.EraseJob{}}, func(t *testing.T, f *fixture) {
		for kind, before := range stored {
			require.NoError(t, f.in(t, func(tx port.OrgTx) error { return tx.Jobs().Enqueue(t.Context(), before.job) }))
			var queue, args string
			row := f.store.SQL().QueryRowContext(t.Context(), "SELECT queue, "+f.argsText+" FROM river_job WHERE kind = $1", kind)
			require.NoError(t, row.Scan(&queue, &args))
			require.Equal(t, before.queue, queue)
			var want, got map[string]any
			require.NoError(t, json.Unmarshal([]byte(before.args), &want))
			require.NoError(t, json.Unmarshal([]byte(args), &got))
			require.EqualValues(t, f.org, got["org"])
			for _, read := range []string{"letter", "order"} {
				require.Subset(t, got[read], want[read], "%s: it ignores members that it does not know", kind)
			}
		}
	})
}

// TestARoutineOfTheVersionBeforeIsDone when it waits in the queue.
func TestARoutineOfTheVersionBeforeIsDone(t *testing.T) {
	t.Parallel()
	onEach(t, nil, func(t *testing.T, f *fixture) {
		done := make(chan struct{}, 10)
		work := f.with()
		work.Routines = routines(done)
		f.start(t, work)
		<-done // as the process starts
		f.insert(t, "routine", "routines", `{"name": "sweep"}`)
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			require.Fail(t, "the routine was not done")
		}
	})
}
