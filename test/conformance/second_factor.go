package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// FactorUnderTest is a second factor with a function that answers it.
type FactorUnderTest struct {
	Factor port.SecondFactor
	// Answer returns the right answer at a time. Enrolled is what Show returned when the authenticator
	// was enrolled, asked what Show or Challenge returned for this answer.
	Answer func(t *testing.T, enrolled, asked port.Prompt, at time.Time) domain.Secret
}

// SecondFactor checks every promise of port.SecondFactor.
func SecondFactor(t *testing.T, open func(t *testing.T) FactorUnderTest) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, FactorUnderTest)
	}{
		{"enrols an authenticator with the right first answer", factorEnrols},
		{"refuses a first answer when no enrolment waits for it", factorGone},
		{"accepts a right answer once", factorOnce},
		{"accepts the answer to a challenge from the session that was challenged only", factorBound},
		{"has no right answer for an account without an authenticator", factorWithout},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
	}
}

func newHolder() port.Holder {
	return port.Holder{
		Org: domain.Org{ID: domain.OrgID(newStoreID()), Name: "Acme"}, User: newUser(), By: "session " + newStoreID(), Now: storeNow,
	}
}

// enrol enrols an authenticator for the holder, who has it afterwards, and returns what Show said.
func (f FactorUnderTest) enrol(t *testing.T, holder *port.Holder) port.Prompt {
	t.Helper()
	pending, err := f.Factor.Begin(*holder)
	require.NoError(t, err)
	require.Equal(t, f.Factor.Kind(), pending.Kind)
	require.Equal(t, holder.User.ID, pending.User)
	require.False(t, pending.Live())
	shown, err := f.Factor.Show(*holder, pending)
	require.NoError(t, err)
	holder.Held = []domain.Authenticator{pending}
	confirmation, err := f.Factor.Confirm(t.Context(), *holder, f.firstAnswer(t, shown, holder.Now))
	require.NoError(t, err)
	require.True(t, confirmation.Right, confirmation.Reason)
	require.Equal(t, pending, confirmation.Pending)
	require.True(t, confirmation.Live.Live())
	holder.Held = []domain.Authenticator{confirmation.Live}
	holder.Now = holder.Now.Add(time.Minute)
	return shown
}

// parsed returns an answer in canonical form.
func (f FactorUnderTest) parsed(t *testing.T, answer domain.Secret) domain.Secret {
	t.Helper()
	canonical, err := f.Factor.Parse(answer)
	require.NoError(t, err)
	return canonical
}

// firstAnswer returns the right first answer in canonical form.
func (f FactorUnderTest) firstAnswer(t *testing.T, shown port.Prompt, at time.Time) domain.Secret {
	t.Helper()
	canonical, err := f.Factor.ParseFirst(f.Answer(t, shown, shown, at))
	require.NoError(t, err)
	return canonical
}

// mustBeRefused requires that no enrolment waits for the first answer: it is refused, or wrong.
func (f FactorUnderTest) mustBeRefused(t *testing.T, holder port.Holder, answer domain.Secret, why string) {
	t.Helper()
	confirmation, err := f.Factor.Confirm(t.Context(), holder, answer)
	if err != nil {
		mustBe(t, domain.ErrEnrollmentGone, err, why)
	}
	require.False(t, confirmation.Right, why)
}

func factorEnrols(t *testing.T, f FactorUnderTest) {
	require.NoError(t, f.Factor.Available())
	require.NoError(t, f.Factor.Admits(nil))
	require.NotEmpty(t, f.Factor.AMR())
	holder := newHolder()
	f.enrol(t, &holder)
}

func factorGone(t *testing.T, f FactorUnderTest) {
	holder := newHolder()
	pending, err := f.Factor.Begin(holder)
	require.NoError(t, err)
	shown, err := f.Factor.Show(holder, pending)
	require.NoError(t, err)
	answer := f.firstAnswer(t, shown, holder.Now)
	f.mustBeRefused(t, holder, answer, "nothing is stored")
	holder.Held = []domain.Authenticator{pending}
	holder.Now = holder.Now.Add(time.Hour)
	f.mustBeRefused(t, holder, answer, "it began an hour ago")
	live := newHolder()
	f.enrol(t, &live)
	f.mustBeRefused(t, live, answer, "it is enrolled already")
}

func factorOnce(t *testing.T, f FactorUnderTest) {
	holder := newHolder()
	shown := f.enrol(t, &holder)
	asked, err := f.Factor.Challenge(t.Context(), holder)
	require.NoError(t, err)
	answer := f.parsed(t, f.Answer(t, shown, asked, holder.Now))
	first, err := f.Factor.Verify(t.Context(), holder, answer)
	require.NoError(t, err)
	require.True(t, first.Right)
	require.Equal(t, holder.Held[0].ID, first.Authenticator)
	holder.Held[0].Counter = first.Counter // as the store keeps it
	second, err := f.Factor.Verify(t.Context(), holder, answer)
	require.NoError(t, err)
	require.False(t, second.Right)
}

func factorBound(t *testing.T, f FactorUnderTest) {
	holder := newHolder()
	shown := f.enrol(t, &holder)
	asked, err := f.Factor.Challenge(t.Context(), holder)
	require.NoError(t, err)
	if len(asked) == 0 {
		t.Skip("this factor needs no challenge")
	}
	answer := f.parsed(t, f.Answer(t, shown, asked, holder.Now))
	holder.By = "session " + newStoreID()
	verification, err := f.Factor.Verify(t.Context(), holder, answer)
	require.NoError(t, err)
	require.False(t, verification.Right)
}

func factorWithout(t *testing.T, f FactorUnderTest) {
	holder := newHolder()
	shown := f.enrol(t, &holder)
	asked, err := f.Factor.Challenge(t.Context(), holder)
	require.NoError(t, err)
	answer := f.parsed(t, f.Answer(t, shown, asked, holder.Now))
	holder.Held = nil
	verification, err := f.Factor.Verify(t.Context(), holder, answer)
	require.NoError(t, err)
	require.False(t, verification.Right)
}
