package domain

import "time"

// AttemptLimit is how many wrong guesses lock an account, and for how long.
type AttemptLimit struct {
	Max     int
	Lockout time.Duration
}

// reservation is how long a guess may stay undecided before it counts as wrong.
const reservation = 15 * time.Second

// Attempts counts the guesses at one secret of one account. A guess is reserved before it is
// compared, so that parallel guesses never exceed the limit. Then it fails or succeeds. A reservation that
// is never decided, because the process crashed, counts as a failure.
type Attempts struct {
	Failures     int
	WindowEnd    time.Time // when the failures are forgotten
	LockedUntil  time.Time
	Reserved     int
	ReservedTill time.Time
}

// AttemptVerdict says whether a guess may be compared now.
type AttemptVerdict int

// The verdicts on a guess.
const (
	AttemptGranted AttemptVerdict = iota
	AttemptLocked                 // the limit is reached
	AttemptBusy                   // undecided guesses fill the limit: try again when they are decided
)

// Locked returns how long the lock still lasts; zero without one.
func (a Attempts) Locked(now time.Time) time.Duration { return max(0, a.LockedUntil.Sub(now)) }

// Reserve reserves one more guess, unless the limit is reached.
func (a *Attempts) Reserve(limit AttemptLimit, now time.Time) AttemptVerdict {
	a.settle(limit, now)
	switch {
	case a.Locked(now) > 0:
		return AttemptLocked
	case a.Failures+a.Reserved >= limit.Max:
		return AttemptBusy
	}
	a.Reserved++
	a.ReservedTill = now.Add(reservation)
	return AttemptGranted
}

// Fail counts a reserved guess as wrong. The last one of the limit locks the counter.
func (a *Attempts) Fail(limit AttemptLimit, now time.Time) {
	a.Release()
	a.fail(1, limit, now)
}

// Succeed counts a reserved guess as right, which clears the wrong ones before it.
func (a *Attempts) Succeed() {
	a.Release()
	a.Failures, a.WindowEnd, a.LockedUntil = 0, time.Time{}, time.Time{}
}

// Release gives back a reserved guess that was never decided.
func (a *Attempts) Release() {
	if a.Reserved = max(0, a.Reserved-1); a.Reserved == 0 {
		a.ReservedTill = time.Time{}
	}
}

// settle clears the failures of a window that is over and counts abandoned reservations as failures.
func (a *Attempts) settle(limit AttemptLimit, now time.Time) {
	if !now.Before(a.WindowEnd) && a.Locked(now) == 0 {
		a.Failures = 0
	}
	if a.Reserved > 0 && !now.Before(a.ReservedTill) {
		abandoned := a.Reserved
		a.Reserved = 0
		a.fail(abandoned, limit, now)
	}
}

func (a *Attempts) fail(count int, limit AttemptLimit, now time.Time) {
	if a.Failures == 0 {
		a.WindowEnd = now.Add(limit.Lockout)
	}
	a.Failures += count
	if a.Failures >= limit.Max {
		a.LockedUntil = now.Add(limit.Lockout)
	}
}
