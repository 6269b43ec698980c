package conformance

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Outbox is an empty store whose queue delivers emails.
type Outbox struct {
	Store port.Store
	// Delivered returns every email that has been delivered.
	Delivered func() []DeliveredEmail
	// Settle waits until no email waits for delivery.
	Settle func(t *testing.T)
}

// all returns every email that is ever delivered.
func (o Outbox) all(t *testing.T) []DeliveredEmail {
	t.Helper()
	o.Settle(t)
	return o.Delivered()
}

// DeliveredEmail is an email as the handler of port.EmailJob got it. Org is empty for an email that
// concerns no org.
type DeliveredEmail struct {
	Org     domain.OrgID
	Message domain.EmailMessage
}

// Emails checks every promise of port.Emails, for a store together with a queue.
func Emails(t *testing.T, open func(t *testing.T) Outbox) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, Outbox)
	}{
		{"delivers an email after its unit of work has been committed", emailsCommitted},
		{"never delivers an email of a unit of work that failed", emailsUndone},
		{"delivers nothing before the unit of work ends", emailsWait},
		{"delivers an email that concerns no org", emailsOfNoOrg},
		{"refuses an email in a unit of work for reading", emailsReadOnly},
		{"delivers equal emails that report different events", emailsRepeated},
		{"takes the same time whether or not an account has the address", emailsTime},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
	}
}

// newEmail returns an email with a value in every field.
func newEmail(kind domain.EmailKind) domain.EmailMessage {
	return domain.EmailMessage{
		Kind: kind, To: domain.Email("user-" + newStoreID() + "@example.org"), Account: domain.UserID(newStoreID()), At: storeNow,
		Origin:  domain.Origin{Address: "2001:db8::1", UserAgent: oddText, RequestID: "r", HomeOrg: domain.OrgID(newStoreID())},
		Details: map[string]string{"change": oddText},
	}
}

func (x *tenant) send(t *testing.T, emails ...domain.EmailMessage) {
	t.Helper()
	x.do(t, func(tx port.OrgTx) error {
		for _, email := range emails {
			if err := tx.Emails().Send(t.Context(), email); err != nil {
				return err
			}
		}
		return nil
	})
}

func emailsCommitted(t *testing.T, outbox Outbox) {
	x, y := newTenant(t, outbox.Store), newTenant(t, outbox.Store)
	first, second := newEmail(domain.EmailMFAChanged), newEmail(domain.EmailPasswordForgotten)
	unknown := newEmail(domain.EmailPasswordForgotten)
	unknown.NoRecipient = true
	x.send(t, first, second)
	y.send(t, unknown)
	require.ElementsMatch(t, []DeliveredEmail{{x.org.ID, first}, {x.org.ID, second}, {y.org.ID, unknown}}, outbox.all(t))
}

func emailsUndone(t *testing.T, outbox Outbox) {
	x := newTenant(t, outbox.Store)
	require.Same(t, errGivenUp, x.unit(t, func(tx port.OrgTx) error {
		require.NoError(t, tx.Emails().Send(t.Context(), newEmail(domain.EmailMFAChanged)))
		return errGivenUp
	}))
	kept := newEmail(domain.EmailMFAChanged)
	x.send(t, kept)
	require.Equal(t, []DeliveredEmail{{x.org.ID, kept}}, outbox.all(t))
}

func emailsWait(t *testing.T, outbox Outbox) {
	x := newTenant(t, outbox.Store)
	email := newEmail(domain.EmailMFAChanged)
	x.do(t, func(tx port.OrgTx) error {
		if err := tx.Emails().Send(t.Context(), email); err != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
		require.Empty(t, outbox.Delivered())
		return nil
	})
	require.Equal(t, []DeliveredEmail{{x.org.ID, email}}, outbox.all(t))
}

func emailsOfNoOrg(t *testing.T, outbox Outbox) {
	email := newEmail(domain.EmailOrgDiscovery)
	require.NoError(t, outbox.Store.Platform().Send(t.Context(), email))
	require.Equal(t, []DeliveredEmail{{"", email}}, outbox.all(t))
}

func emailsReadOnly(t *testing.T, outbox Outbox) {
	x := newTenant(t, outbox.Store)
	require.Error(t, outbox.Store.ReadOrg(t.Context(), x.org.ID, func(tx port.OrgTx) error {
		return tx.Emails().Send(t.Context(), newEmail(domain.EmailMFAChanged))
	}))
	require.Empty(t, outbox.all(t))
}

func emailsRepeated(t *testing.T, outbox Outbox) {
	x := newTenant(t, outbox.Store)
	email := newEmail(domain.EmailMFAChanged)
	x.send(t, email, email)
	x.send(t, email)
	require.Len(t, outbox.all(t), 3)
}

// emailsTime compares medians, because single calls vary more than an account could make them.
func emailsTime(t *testing.T, outbox Outbox) {
	x := newTenant(t, outbox.Store)
	known := x.user(t).Email
	var ratio float64
	for range 5 { // an attempt on a busy computer shows nothing
		var toKnown, toUnknown []time.Duration
		for range 50 {
			toKnown = append(toKnown, x.timeToSend(t, known))
			toUnknown = append(toUnknown, x.timeToSend(t, newUser().Email))
		}
		ratio = float64(median(toKnown)) / float64(median(toUnknown))
		if ratio > 0.8 && ratio < 1.25 {
			return
		}
	}
	require.InDelta(t, 1, ratio, 0.25)
}

func (x *tenant) timeToSend(t *testing.T, address domain.Email) (spent time.Duration) {
	t.Helper()
	email := newEmail(domain.EmailMFAChanged)
	email.To = address
	x.do(t, func(tx port.OrgTx) error {
		started := time.Now()
		err := tx.Emails().Send(t.Context(), email)
		spent = time.Since(started)
		return err
	})
	return spent
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
