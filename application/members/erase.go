package members

import (
	"context"
	"strconv"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Erase removes the personal data of a removed account from the org's audit log and imports. The log still
// proves what happened, when, and which administrator did it. It runs as a job, because many
// events may be about one person.
type Erase struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute may run again: it skips what is already erased.
func (uc Erase) Execute(ctx context.Context, org domain.OrgID, order domain.Erasure) error {
	return uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		if err := tx.Imports().Forget(ctx, order.User); err != nil {
			return err
		}
		erased, err := tx.AuditSeals().Erase(ctx, order.User)
		if err != nil {
			return err
		}
		administrator := domain.Actor{User: order.By, Type: order.ByType, Origin: order.Origin}
		event := administrator.Did(domain.EventAccountErased, domain.OnAccount(order.User), domain.Details{"events": strconv.Itoa(erased)})
		return tx.Audit().Append(ctx, event.Stamp(uc.NewID(), uc.Clock()))
	})
}

// EraseJob enqueues the work of Erase.
type EraseJob struct {
	Order domain.Erasure `json:"order"`
}

// Kind implements port.Job.
func (EraseJob) Kind() string { return "erasure" }

// Origin implements port.Job.
func (j EraseJob) Origin() domain.Origin { return j.Order.Origin }

// Terms implements port.Job.
func (EraseJob) Terms() port.JobTerms {
	return port.JobTerms{Queue: port.QueueLong, Timeout: 10 * time.Minute}
}

// Handler returns the handler of EraseJob.
func (uc Erase) Handler() port.JobHandler {
	return port.HandleJob(func(ctx context.Context, org domain.OrgID, job EraseJob) error {
		return uc.Execute(ctx, org, job.Order)
	})
}
