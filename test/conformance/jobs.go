package conformance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Jobs checks every promise of port.Jobs, for a store together with a queue that has a handler for
// port.EmailJob. open returns an empty store.
func Jobs(t *testing.T, open func(t *testing.T) port.Store) {
	t.Run("returns an error for a job that has no handler, and undoes the unit of work", func(t *testing.T) {
		x := newTenant(t, open(t))
		user := newUser()
		require.Error(t, x.unit(t, func(tx port.OrgTx) error {
			if err := tx.Users().Insert(t.Context(), user); err != nil {
				return err
			}
			return tx.Jobs().Enqueue(t.Context(), unhandledJob{})
		}))
		mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error {
			_, err := tx.Users().Get(t.Context(), user.ID)
			return err
		}))
	})
	t.Run("accepts a job that has a handler", func(t *testing.T) {
		x := newTenant(t, open(t))
		x.do(t, func(tx port.OrgTx) error {
			return tx.Jobs().Enqueue(t.Context(), port.EmailJob{Message: newEmail(domain.EmailMFAChanged)})
		})
	})
}

// unhandledJob is a job that no queue knows.
type unhandledJob struct{}

// Kind implements port.Job.
func (unhandledJob) Kind() string { return "unhandled" }

// Origin implements port.Job.
func (unhandledJob) Origin() domain.Origin { return domain.Origin{} }

// Terms implements port.Job.
func (unhandledJob) Terms() port.JobTerms { return port.JobTerms{} }
