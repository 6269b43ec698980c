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
	EndedAt    time.Time // zero while it is remembered
	EndReason  DeviceEnd
}

// DeviceEnd says why a device was forgotten.
type DeviceEnd string

// Why devices are forgotten before their time.
const (
	DeviceForgotten        DeviceEnd = "forgotten" // by its owner
	DeviceTokenReused      DeviceEnd = "rotated_token_reused"
	DevicePasswordChanged  DeviceEnd = "password_changed"
	DevicePasswordReset    DeviceEnd = "password_reset"
	DeviceMFADisabled      DeviceEnd = "mfa_disabled"
	DeviceMFAReset         DeviceEnd = "mfa_reset"
	DeviceAccountSuspended DeviceEnd = "account_suspended"
	DeviceSettingTurnedOff DeviceEnd = "remember_device_days_is_0"
	DeviceRestored         DeviceEnd = "backup_restored"
	DeviceExpiry           DeviceEnd = "expired" // its own date, or what today's setting allows
)

// ExpiresUnder is the earlier of the device's own expiry and what today's setting allows.
func (d Device) ExpiresUnder(rememberDays int) time.Time {
	allowed := d.CreatedAt.AddDate(0, 0, rememberDays)
	if allowed.Before(d.ExpiresAt) {
		return allowed
	}
	return d.ExpiresAt
}

// Under shows the device as today's setting sees it: one that would excuse nobody any more
// has ended, when its time was over.
func (d Device) Under(rememberDays int, now time.Time) Device {
	d.ExpiresAt = d.ExpiresUnder(rememberDays)
	if d.EndedAt.IsZero() && !now.Before(d.ExpiresAt) {
		d.EndedAt, d.EndReason = d.ExpiresAt, DeviceExpiry
	}
	return d
}

// Proves tells whether the presented token is the device's own, for an account that it
// was remembered for and that has not forgotten it. What it is then good for is decided apart.
func (d Device) Proves(user UserID, presented TokenHash, now time.Time) bool {
	return d.EndedAt.IsZero() && d.User == user && d.TokenHash.Equal(presented) && now.Before(d.ExpiresAt)
}

// Use counts one excused code and takes the token that replaces the presented one.
func (d *Device) Use(next TokenHash, address string, now time.Time) {
	d.TokenHash, d.Address, d.LastUsedAt = next, address, now
	d.Skips++
}

// Rename gives the device another name for people.
func (d *Device) Rename(raw string) error {
	name, err := parseName("body.name", raw)
	if err == nil {
		d.Name = name
	}
	return err
}
