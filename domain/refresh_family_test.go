package domain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

const grace = 10 * time.Second

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
}

func TestWithinTheGraceEachTokenHasItsOwnSuccessor(t *testing.T) {
	f := rotated(3, grace)
	for i := range 3 {
		verdict, spent := f.Judge(generation(i), grace, now.Add(3*time.Second))
		require.Equal(t, domain.RefreshRepeat, verdict)
		require.Equal(t, fmt.Append(nil, i+1), spent.SealedSuccessor)
	}
}

func TestTheGraceEndsByTokenNotByFamily(t *testing.T) {
	f := rotated(3, grace)
	at := now.Add(grace)
	require.Equal(t, domain.RefreshReuse, judge(f, 0, grace, at))
	require.Equal(t, domain.RefreshRepeat, judge(f, 1, grace, at))
}

func TestWithoutGraceEveryOldTokenIsReuse(t *testing.T) {
	f := rotated(1, 0)
	require.Empty(t, f.Spent)
	require.Equal(t, domain.RefreshReuse, judge(f, 0, 0, now))
}

func TestATokenMadeUpForTheSessionHarmsNobody(t *testing.T) {
	f := rotated(1, grace)
	stranger := generation(0)
	stranger.FamilyHash = "guessed"
	verdict, _ := f.Judge(stranger, grace, now)
	require.Equal(t, domain.RefreshForeign, verdict)
	verdict, _ = domain.RefreshFamily{}.Judge(domain.RefreshToken{}, grace, now)
	require.Equal(t, domain.RefreshForeign, verdict, "empty hashes are equal to nothing")
}

func TestWhatIsKeptForRepetitionIsBounded(t *testing.T) {
	f := domain.RefreshFamily{FamilyHash: "family", CurrentHash: generation(0).Hash}
	for i := range 1000 {
		f.Rotate(generation(i+1).Hash, nil, grace, now)
	}
	require.Len(t, f.Spent, 32)
	f.Rotate("later", nil, grace, now.Add(time.Hour))
	require.Len(t, f.Spent, 1, "and pruned")
}
