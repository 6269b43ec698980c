package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Emails enqueues emails as part of a unit of work. An email is written and sent some time after the unit of work has
// been committed, and never if it is rolled back.
type Emails interface {
	// Send must take the same time whether or not an account has the address. For the kinds of email that go to
	// unconfirmed addresses (password_forgotten, org_discovery, confirm_address), this one is dropped if an email of the
	// same kind to the same address was enqueued in the same minute.
	Send(ctx context.Context, message domain.EmailMessage) error
}

// EmailJob is an email that waits to be written and sent. Its link is created when it is written, so that the job holds no
// secret. The kind and the JSON name are those under which earlier versions stored it.
type EmailJob struct {
	Message domain.EmailMessage `json:"letter"`
}

// Kind implements Job.
func (EmailJob) Kind() string { return "letter" }

// Origin implements Job.
func (j EmailJob) Origin() domain.Origin { return j.Message.Origin }

// Terms implements Job. An email without a recipient waits in a queue of its own, so that strangers, who can cause any
// number of them, do not delay the others. Invitations have low priority, because an import sends thousands at once.
func (j EmailJob) Terms() JobTerms {
	terms := JobTerms{LowPriority: j.Message.Kind == domain.EmailInvitation}
	if j.Message.NoRecipient {
		terms.Queue = QueueUnknownRecipient
	}
	if terms.UniquePer = repetition(j.Message.Kind); terms.UniquePer > 0 {
		terms.UniqueKey = j.uniqueKey()
	}
	return terms
}

// repetition returns the period in which an address gets only one email of the kind, and 0 for kinds that strangers
// cannot cause.
func repetition(kind domain.EmailKind) time.Duration {
	switch kind {
	case domain.EmailPasswordForgotten, domain.EmailOrgDiscovery, domain.EmailConfirmAddress:
		return time.Minute
	case domain.EmailAccountLocked:
		return 24 * time.Hour
	default:
		return 0
	}
}

func (j EmailJob) uniqueKey() string {
	address := j.Message.To.Key()
	if j.Message.Kind == domain.EmailConfirmAddress {
		address = string(j.Message.To) // a request for another spelling replaces the earlier request
	}
	return string(j.Message.Kind) + " " + string(j.Message.Account) + " " + address
}
