package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// NewTemporaryPassword makes a password that nobody can guess, to be shown once and
// changed at the first sign-in: at least 100 bits, in letters and digits that are read
// aloud without doubt.
type NewTemporaryPassword func() domain.Secret

// PasswordHasher turns passwords into what may be kept. Its work is slow on purpose and
// the number of hashes under way must be bounded: beyond a short queue both methods
// return domain.ErrBusy.
type PasswordHasher interface {
	// Hash must give another result each time, for passwords of any length and alphabet.
	Hash(ctx context.Context, password domain.Secret) (domain.PasswordHash, error)
	// Verify against the empty hash must take as long as against a real one and never match,
	// so that unknown accounts need no path of their own. outdated asks for a rehash.
	Verify(ctx context.Context, hash domain.PasswordHash, password domain.Secret) (match, outdated bool, err error)
}

// PasswordVerdict is what a judge makes of a password. Its words must never repeat it.
type PasswordVerdict struct {
	Common       bool     // among the first that anyone tries, as it is or with little added
	Score        int      // from 0, guessed at once, to 4, out of reach
	GuessesLog10 float64  // how many guesses it takes, as a power of ten
	Warning      string   // what makes it weak; empty when nothing stands out
	Suggestions  []string // what would make it better; none when it is good
}

// PasswordJudge tells how a password would fare against someone who guesses. It must take
// any text, the empty one included, bound its work however long that is, and neither keep
// nor log what it is given.
type PasswordJudge interface {
	// Judge must ignore letter case and how the text is encoded (NFKC) when it looks for common
	// passwords. known are words that the guesser knows of the account; they must weigh less.
	Judge(password domain.Secret, known []string) PasswordVerdict
}

// SpareTime admits callers to work that anybody can order without signing in: a bounded number
// at a time, and only while no password waits to be hashed. leave must be called when the work is
// done. A caller that would wait for long gets domain.ErrOverloaded.
type SpareTime func(ctx context.Context) (leave func(), err error)
