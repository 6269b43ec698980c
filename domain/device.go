package domain

import "time"

// Device is a remembered device: a browser excused from the second factor until a date.
type Device struct {
	ID         DeviceID
	User       UserID
	Name       string
	TokenHash  TokenHash
	Skips      int // how often it excused from a code
	Address    string
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time
}

// ExpiresUnder is the earlier of the device's own expiry and what today's setting allows.
func (d Device) ExpiresUnder(rememberDays int) time.Time {
	allowed := d.CreatedAt.AddDate(0, 0, rememberDays)
	if allowed.Before(d.ExpiresAt) {
		return allowed
	}
	return d.ExpiresAt
}

// Use counts one excused code and takes the token that replaces the presented one.
func (d *Device) Use(next TokenHash, address string, now time.Time) {
	d.TokenHash, d.Address, d.LastUsedAt = next, address, now
	d.Skips++
}
