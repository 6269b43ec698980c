package conformance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// FirstFactor checks every promise of port.FirstFactor, besides those that SecondFactor checks.
func FirstFactor(t *testing.T, open func(t *testing.T) (FactorUnderTest, port.FirstFactor)) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, firstFactor)
	}{
		{"challenges every account alike", firstFactorAlike},
		{"names the authenticator of an answer, which signs in once", firstFactorOnce},
		{"does not take an answer as first factor for one as second factor, or the reverse", firstFactorApart},
		{"has no right answer of an authenticator that the account does not have", firstFactorUnknown},
	} {
		t.Run(promise.must, func(t *testing.T) {
			under, first := open(t)
			promise.check(t, firstFactor{FactorUnderTest: under, first: first})
		})
	}
}

type firstFactor struct {
	FactorUnderTest
	first port.FirstFactor
}

// nobodyYet is the holder of a sign-in whose account is not known.
func nobodyYet(of port.Holder) port.Holder {
	return port.Holder{Org: domain.Org{ID: of.Org.ID}, By: "sign-in " + newStoreID(), Now: of.Now, Alone: true}
}

// challenged asks for an answer without a password, and returns it with the holder who sends it.
func (f firstFactor) challenged(t *testing.T, holder port.Holder, enrolled port.Prompt) (port.Holder, domain.Secret) {
	t.Helper()
	who := nobodyYet(holder)
	asked, err := f.first.Challenge(t.Context(), who)
	require.NoError(t, err)
	who.User, who.Held = holder.User, holder.Held
	return who, f.parsed(t, f.Answer(t, enrolled, asked, holder.Now))
}

func firstFactorAlike(t *testing.T, f firstFactor) {
	holder := newHolder()
	f.enrol(t, &holder)
	unknown, err := f.first.Challenge(t.Context(), nobodyYet(holder))
	require.NoError(t, err)
	who := nobodyYet(holder)
	who.Org.ID = domain.OrgID(newStoreID())
	other, err := f.first.Challenge(t.Context(), who)
	require.NoError(t, err)
	require.Len(t, other, len(unknown))
	for name, value := range unknown {
		require.Len(t, other[name].Reveal(), len(value.Reveal()), name)
		require.NotContains(t, value.Reveal(), string(holder.User.Email), name)
		require.NotContains(t, value.Reveal(), holder.Held[0].Handle, name)
	}
}

func firstFactorOnce(t *testing.T, f firstFactor) {
	holder := newHolder()
	shown := f.enrol(t, &holder)
	who, answer := f.challenged(t, holder, shown)
	handle, verification := f.verified(t, who, answer)
	require.NotEmpty(t, handle)
	require.Equal(t, holder.Held[0].Handle, handle)
	require.True(t, verification.Right, verification.Reason)
	require.Equal(t, holder.Held[0].ID, verification.Authenticator)
	again, verification := f.verified(t, who, answer)
	require.Equal(t, handle, again)
	require.False(t, verification.Right)
}

func firstFactorApart(t *testing.T, f firstFactor) {
	holder := newHolder()
	shown := f.enrol(t, &holder)
	who, answer := f.challenged(t, holder, shown)
	who.Alone = false
	verification, err := f.first.Verify(t.Context(), who, answer)
	require.NoError(t, err)
	require.False(t, verification.Right)
	asked, err := f.first.Challenge(t.Context(), holder)
	require.NoError(t, err)
	holder.Alone = true
	_, verification = f.verified(t, holder, f.parsed(t, f.Answer(t, shown, asked, holder.Now)))
	require.False(t, verification.Right)
}

func firstFactorUnknown(t *testing.T, f firstFactor) {
	holder := newHolder()
	shown := f.enrol(t, &holder)
	who, answer := f.challenged(t, holder, shown)
	who.User, who.Held = newUser(), nil
	_, verification := f.verified(t, who, answer)
	require.False(t, verification.Right)
	who.User, who.Held = holder.User, holder.Held
	_, verification = f.verified(t, who, answer)
	require.False(t, verification.Right, "the wrong account used the challenge up")
}

// verified takes an answer and compares it.
func (f firstFactor) verified(t *testing.T, who port.Holder, answer domain.Secret) (handle string, verification port.Verification) {
	t.Helper()
	taken, err := f.first.Take(t.Context(), who.Org.ID, answer)
	require.NoError(t, err)
	verification, err = taken.Verify(who)
	require.NoError(t, err)
	return taken.Handle(), verification
}
