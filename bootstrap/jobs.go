package bootstrap

import (
	"context"

	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/adapters/useragent"
	"github.com/sole-platform/sole/application/mail"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/application/webhooks"
)

// newQueue returns the queue with every kind of job that can be enqueued. Each needs a handler in handlers.
func newQueue(dialect river.Dialect, note func(context.Context) string) (*river.Queue, error) {
	return river.NewQueue(dialect, note, port.EmailJob{}, members.ImportJob{}, members.FileImportJob{}, members.EraseJob{},
		webhooks.DeliverJob{})
}

// handlers lists the handlers of the jobs.
func (app *App) handlers(mailer port.Mailer) []port.JobHandler {
	runImport := members.RunImport{
		Guard: proof.Guard{Store: app.Store, Clock: app.clock, NewID: newID}, Invitations: app.Config.invitations(), Pause: pause,
	}
	return []port.JobHandler{
		mail.Deliver{
			Store: app.Store, Mailer: mailer, ResetLinks: resetLinks, EmailLinks: emailLinks, Links: app.Config.emailLinks(),
			Browser: useragent.Name, Clock: app.clock, NewID: newID,
		}.Handler(),
		runImport.Handler(),
		runImport.FileHandler(),
		members.Erase{Store: app.Store, Clock: app.clock, NewID: newID}.Handler(),
		app.deliverWebhooks().Handler(),
	}
}

// openWorkers creates the workers of the queue.
func (app *App) openWorkers() error {
	mailer, err := app.mailer()
	if err != nil {
		return err
	}
	app.activity = memory.NewActivity(app.Store, app.Logger)
	app.workers, err = app.queue.NewWorkers(app.Store.Connection(), river.Work{
		Handlers: app.handlers(mailer), Routines: app.observeRoutines(app.routines()), OnBehalf: http.OnBehalf,
		Observe: app.observeJobs(), Logger: app.Logger,
	})
	return err
}

// note returns the function that adds the trace of a request to the jobs that it enqueues, or nil if traces are off.
func (app *App) note() func(context.Context) string {
	if app.tracing == nil {
		return nil
	}
	return app.tracing.Carry
}
