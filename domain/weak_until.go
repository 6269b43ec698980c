package domain

import "time"

// maxWeakDays is how long weak hashes of an import can be allowed.
const maxWeakDays = 366

// ParseWeakUntil reads the date, such as 2026-06-30, from which the weak hashes of an import cannot be used. It is at most a year
// ahead, so that no weak hash stays for ever.
func ParseWeakUntil(date string, now time.Time) (time.Time, error) {
	until, err := time.Parse(time.DateOnly, date)
	if err != nil || !until.After(now) || until.After(now.AddDate(0, 0, maxWeakDays)) {
		return time.Time{}, Invalid("allow_weak", "must be a date such as 2026-06-30, after today and at most a year ahead")
	}
	return until, nil
}
