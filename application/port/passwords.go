package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// NewTemporaryPassword returns a random password of at least 100 bits, which is shown once and changed at the first
// sign-in. Its letters and digits cannot be confused when read aloud.
type NewTemporaryPassword func() domain.Secret

// PasswordHasher hashes passwords for storage. Hashing is slow on purpose, so the number of concurrent hashes must be
// bounded: if a short queue of waiting calls is full, both methods return domain.ErrBusy.
type PasswordHasher interface {
	// Hash must return a different hash at each call, for passwords of any length and alphabet.
	Hash(ctx context.Context, password domain.Secret) (domain.PasswordHash, error)
	// Verify reports whether the password has the hash. With the empty hash it must take as long as with a real one and
	// return no match, so that unknown accounts are treated like others. outdated means that the password should be
	// hashed again.
	Verify(ctx context.Context, hash domain.PasswordHash, password domain.Secret) (match, outdated bool, err error)
}

// MatchImported reports whether a password has a hash that another system computed. It uses the password as it was typed and
// does a bounded amount of work (see domain.ImportedHash.Check).
type MatchImported func(hash domain.ImportedHash, password domain.Secret) (bool, error)

// PasswordVerdict is the result of PasswordJudge.Judge. Its texts must not repeat the password.
type PasswordVerdict struct {
	Common       bool     // among the most used passwords, unchanged or with little added
	Score        int      // from 0, guessed at once, to 4, practically not guessable
	GuessesLog10 float64  // how many guesses it takes, as a power of ten
	Warning      string   // why it is weak; empty if there is no single reason
	Suggestions  []string // how to improve it; empty if it is good
}

// PasswordJudge estimates how hard a password is to guess. It must accept any text, also the empty one, do a bounded
// amount of work for any length, and neither store nor log the password.
type PasswordJudge interface {
	// Judge must ignore letter case and Unicode representation (it compares NFKC forms) when it looks for common
	// passwords. known are words about the account that a guesser would try; they must make a password weaker.
	Judge(password domain.Secret, known []string) PasswordVerdict
}

// SpareTime limits work that anybody can request without signing in: a bounded number of calls at a time, and only while
// no password waits to be hashed. The caller calls leave when the work is done. It returns domain.ErrOverloaded to a
// caller that would wait long.
type SpareTime func(ctx context.Context) (leave func(), err error)
