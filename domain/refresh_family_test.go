package domain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sole-platform/sole/domain"
)

const (
	grace   = 10 * time.Second
	keepers = 32 // spent tokens that are kept at most
)

func generation(n int) domain.RefreshToken {
	return domain.RefreshToken{FamilyHash: "family", Hash: domain.TokenHash(fmt.Sprint("generation ", n))}
}

// rotated is a family after n rotations, a second apart; each sealed successor names its generation.
func rotated(n int, grace time.Duration) domain.RefreshFamily {
	f := domain.RefreshFamily{FamilyHash: "family", CurrentHash: generation(0).Hash}
	for i := range n {
		f.Rotate(generation(i+1).Hash, fmt.Append(nil, i+1), grace, now.Add(time.Duration(i)*time.Second))
	}
	return f
}

func judge(f domain.RefreshFamily, n int, grace time.Duration, at time.Time) domain.RefreshVerdict {
	verdict, _ := f.Judge(generation(n), grace, at)
	return verdict
}

func TestOnlyTheNewestTokenIsCurrent(t *testing.T) {
	f := rotated(2, grace)
	require.Equal(t, domain.RefreshCurrent, judge(f, 2, grace, now.Add(time.Hour)))
	require.Equal(t, domain.RefreshReuse, judge(f, 1, grace, now.Add(time.Hour)))
	require.Equal(t, domain.RefreshReuse, judge(f, 0, grace, now.Add(time.Hour)))
	require.Equal(t, domain.RefreshReuse, judge(f, 3, grace, now), "one that was never given out, of this family")
}

func TestATokenThatNeverRotatedIsCurrentForEver(t *testing.T) {
	f := rotated(0, grace)
	for _, grace := range []time.Duration{0, grace} {
		verdict, spent := f.Judge(generation(0), grace, now.Add(1000*time.Hour))
		require.Equal(t, domain.RefreshCurrent, verdict)
		require.Zero(t, spent)
	}
}

func TestWithinTheGraceEachTokenHasItsOwnSuccessor(t *testing.T) {
	f := rotated(3, grace)
	for i := range 3 {
		for range 3 {
			verdict, spent := f.Judge(generation(i), grace, now.Add(3*time.Second))
			require.Equal(t, domain.RefreshRepeat, verdict)
			require.Equal(t, fmt.Append(nil, i+1), spent.SealedSuccessor, "the very same, however often and however old")
			require.Equal(t, generation(i).Hash, spent.Hash)
		}
	}
}

func TestTheGraceEndsByTokenNotByFamily(t *testing.T) {
	f := rotated(3, grace)
	for _, c := range []struct {
		name  string
		after time.Duration
		want  [3]domain.RefreshVerdict
	}{
		{"all within", grace - 1, [3]domain.RefreshVerdict{domain.RefreshRepeat, domain.RefreshRepeat, domain.RefreshRepeat}},
		{"the first at its end", grace, [3]domain.RefreshVerdict{domain.RefreshReuse, domain.RefreshRepeat, domain.RefreshRepeat}},
		{"the second at its end", grace + time.Second, [3]domain.RefreshVerdict{domain.RefreshReuse, domain.RefreshReuse, domain.RefreshRepeat}},
		{"all over", grace + 2*time.Second, [3]domain.RefreshVerdict{domain.RefreshReuse, domain.RefreshReuse, domain.RefreshReuse}},
	} {
		for n, want := range c.want {
			require.Equal(t, want, judge(f, n, grace, now.Add(c.after)), "%s, token %d", c.name, n)
		}
	}
}

func TestAReusedTokenCarriesNoSuccessor(t *testing.T) {
	_, spent := rotated(1, grace).Judge(generation(0), grace, now.Add(grace))
	require.Zero(t, spent)
}

func TestWithoutGraceEveryOldTokenIsReuse(t *testing.T) {
	f := rotated(3, 0)
	require.Empty(t, f.Spent, "and nothing is kept for it")
	for n := range 3 {
		require.Equal(t, domain.RefreshReuse, judge(f, n, 0, now.Add(2*time.Second)))
	}
	require.Equal(t, domain.RefreshCurrent, judge(f, 3, 0, now.Add(2*time.Second)))
}

func TestAGraceThatIsTurnedOffIsOffAtOnce(t *testing.T) {
	f := rotated(1, grace)
	require.Equal(t, domain.RefreshReuse, judge(f, 0, 0, now))
	f.Rotate(generation(2).Hash, nil, 0, now)
	require.Empty(t, f.Spent)
}

func TestAForgedTokenDoesNotEndTheSession(t *testing.T) {
	f := rotated(1, grace)
	for n := range 3 {
		stranger := generation(n)
		for _, family := range []domain.TokenHash{"guessed", "", "famil", "family "} {
			stranger.FamilyHash = family
			verdict, spent := f.Judge(stranger, grace, now)
			require.Equal(t, domain.RefreshForeign, verdict, "generation %d of %q", n, family)
			require.Zero(t, spent)
		}
	}
	verdict, _ := domain.RefreshFamily{}.Judge(domain.RefreshToken{}, grace, now)
	require.Equal(t, domain.RefreshForeign, verdict, "empty hashes are equal to nothing")
}

func TestJudgingChangesNothing(t *testing.T) {
	f := rotated(3, grace)
	for n := range 5 {
		f.Judge(generation(n), grace, now.Add(time.Hour))
	}
	require.Equal(t, rotated(3, grace), f)
}

func TestWhatIsKeptForRepetitionIsBounded(t *testing.T) {
	f := domain.RefreshFamily{FamilyHash: "family", CurrentHash: generation(0).Hash}
	for i := range 1000 {
		f.Rotate(generation(i+1).Hash, nil, grace, now)
		require.LessOrEqual(t, len(f.Spent), keepers)
	}
	require.Len(t, f.Spent, keepers)
	require.Equal(t, generation(999).Hash, f.Spent[keepers-1].Hash, "the newest stay")
	require.Equal(t, domain.RefreshReuse, judge(f, 999-keepers, grace, now))
	f.Rotate(generation(1001).Hash, nil, grace, now.Add(grace))
	require.Len(t, f.Spent, 1, "and what the grace has left is dropped")
	require.Equal(t, generation(1000).Hash, f.Spent[0].Hash)
}

// TestAnyHistoryOfAFamilyIsJudgedAsItHappened rotates at any pace and then presents every
// token there ever was.
func TestAnyHistoryOfAFamilyIsJudgedAsItHappened(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rotated(0, grace)
		at := now
		pace := rapid.SampledFrom([]time.Duration{0, 1, time.Millisecond, time.Second, grace - 1, grace, time.Hour})
		rotations := rapid.IntRange(0, 2*keepers).Draw(t, "rotations")
		ended := make([]time.Time, rotations)
		for n := range ended {
			at = at.Add(pace.Draw(t, "pace"))
			ended[n] = at
			f.Rotate(generation(n+1).Hash, fmt.Append(nil, n+1), grace, at)
		}
		at = at.Add(pace.Draw(t, "then"))
		for n := range rotations + 1 {
			want := domain.RefreshReuse
			switch {
			case n == rotations:
				want = domain.RefreshCurrent
			case at.Sub(ended[n]) < grace && n >= rotations-keepers:
				want = domain.RefreshRepeat
			}
			verdict, spent := f.Judge(generation(n), grace, at)
			if verdict != want || want == domain.RefreshRepeat && string(spent.SealedSuccessor) != fmt.Sprint(n+1) {
				t.Fatalf("token %d of %d was judged %v with successor %q, not %v", n, rotations, verdict, spent.SealedSuccessor, want)
			}
		}
	})
}
