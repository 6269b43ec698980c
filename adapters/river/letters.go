package river

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/sole-platform/sole/domain"
)

// letterArgs is a letter as it waits in the queue: no secret is in it.
type letterArgs struct {
	Org     domain.OrgID      `json:"org" river:"unique"`
	About   domain.LetterKind `json:"about" river:"unique"`
	Address string            `json:"address" river:"unique"` // as addresses are compared
	Account domain.UserID     `json:"account" river:"unique"` // that asks for the address, if it does not have it yet
	Letter  domain.Letter     `json:"letter"`
}

func newLetterArgs(org domain.OrgID, letter domain.Letter) letterArgs {
	args := letterArgs{Org: org, About: letter.Kind, Address: letter.To.Key(), Account: letter.Account, Letter: letter}
	if letter.Kind == domain.LetterConfirmAddress {
		args.Address = string(letter.To) // a request for another spelling replaces the earlier request
	}
	return args
}

// Kind implements river.JobArgs.
func (letterArgs) Kind() string { return "letter" }

// repetition bounds the letters that strangers can have sent to somebody: within the time
// one stands for all.
func repetition(kind domain.LetterKind) river.UniqueOpts {
	switch kind {
	case domain.LetterPasswordForgotten, domain.LetterOrgDiscovery, domain.LetterConfirmAddress:
		return river.UniqueOpts{ByArgs: true, ByPeriod: time.Minute}
	case domain.LetterAccountLocked:
		return river.UniqueOpts{ByArgs: true, ByPeriod: 24 * time.Hour}
	default:
		return river.UniqueOpts{}
	}
}

// strangerQueue holds the letters without a recipient. It has one worker of its own, so that other
// letters do not wait behind them, however many strangers order.
const strangerQueue = "strangers"

// invitationPriority lets every other letter go first, because an import orders thousands of
// invitations at once.
const invitationPriority = 2

// insertion returns the queue and the priority of a letter.
func insertion(letter domain.Letter) *river.InsertOpts {
	opts := &river.InsertOpts{UniqueOpts: repetition(letter.Kind)}
	if letter.NoRecipient {
		opts.Queue = strangerQueue
	}
	if letter.Kind == domain.LetterInvitation {
		opts.Priority = invitationPriority
	}
	return opts
}

type letterWorker struct {
	river.WorkerDefaults[letterArgs]
	queue   *Queue
	deliver Deliver
	logger  *slog.Logger
}

// Work implements river.Worker.
func (w *letterWorker) Work(ctx context.Context, job *river.Job[letterArgs]) error {
	if w.queue.OnBehalf != nil {
		ctx = w.queue.OnBehalf(ctx, job.Args.Org, job.Args.Letter.Origin)
	}
	err := w.deliver(ctx, job.Args.Org, job.Args.Letter)
	if err == nil {
		return nil
	}
	level, message := slog.LevelWarn, "a letter could not be sent; it is tried again"
	if job.Attempt >= job.MaxAttempts {
		level, message = slog.LevelError, "a letter could not be sent and is given up"
	}
	w.logger.LogAttrs(ctx, level, message, slog.String("kind", string(job.Args.About)), slog.Int("attempt", job.Attempt), slog.Any("error", err))
	return err
}
