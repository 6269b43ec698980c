package domain

import "time"

// AttemptLimit is how many wrong guesses an account takes before it is locked, and for how long.
type AttemptLimit struct {
	Max     int
	Lockout time.Duration
}

// reservation bounds how long one guess may stay undecided before it counts as wrong.
const reservation = 15 * time.Second

// Attempts counts the guesses at one secret of one account. A guess is reserved before
// it is looked at, so that parallel guesses never exceed the limit; it then fails or
// succeeds. A reservation that nobody decides (a crash) counts as a failure.
type Attempts struct {
	Failures     int
	WindowEnd    time.Time // when the failures are forgotten
	LockedUntil  time.Time
	Reserved     int
	ReservedTill time.Time
}

// AttemptVerdict says whether a guess may be looked at now.
type AttemptVerdict int

// Whether a guess may be looked at.
const (
	AttemptGranted AttemptVerdict = iota
	AttemptLocked                 // the limit is reached: refuse
	AttemptBusy                   // undecided guesses fill the limit: wait for them
)

// Locked tells how long the lock still holds; zero when there is none.
func (a Attempts) Locked(now time.Time) time.Duration { return max(0, a.LockedUntil.Sub(now)) }

// Reserve asks to look at one more guess.
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

// Fail decides a reserved guess as wrong; the last one allowed locks.
func (a *Attempts) Fail(limit AttemptLimit, now time.Time) {
	a.Reserved = max(0, a.Reserved-1)
	a.fail(1, limit, now)
}

// Succeed decides a reserved guess as right, which forgives the wrong ones before it.
func (a *Attempts) Succeed() {
	a.Reserved = max(0, a.Reserved-1)
	a.Failures, a.WindowEnd, a.LockedUntil = 0, time.Time{}, time.Time{}
}

// Release gives a reserved guess back that was never looked at.
func (a *Attempts) Release() { a.Reserved = max(0, a.Reserved-1) }

// settle forgets what time has undone and counts abandoned reservations as failures.
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
