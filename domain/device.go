package domain

import "time"

// Device is a remembered device: a browser that needs no second factor at sign-in until it expires.
type Device struct {
	ID         DeviceID
	User       UserID
	Name       string
	TokenHash  TokenHash
	Spent      []SpentToken // newest last; only tokens rotated within the grace
	Skips      int          // the number of sign-ins in which it replaced a code
	Address    string
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time
	EndedAt    time.Time // zero while the device is remembered
	EndReason  DeviceEnd
}

// DeviceEnd says why a device was forgotten.
type DeviceEnd string

// The reasons for which devices are forgotten.
const (
	DeviceForgotten        DeviceEnd = "forgotten" // by its account
	DeviceTokenReused      DeviceEnd = "rotated_token_reused"
	DevicePasswordChanged  DeviceEnd = "password_changed"
	DevicePasswordReset    DeviceEnd = "password_reset"
	DeviceMFADisabled      DeviceEnd = "mfa_disabled"
	DeviceMFAReset         DeviceEnd = "mfa_reset"
	DeviceAccountSuspended DeviceEnd = "account_suspended"
	DeviceSettingTurnedOff DeviceEnd = "remember_device_days_is_0"
	DeviceRestored         DeviceEnd = "backup_restored"
	DeviceExpiry           DeviceEnd = "expired" // by its own date or by the present setting
)

// ExpiresUnder returns the earlier of the expiry of the device and the one that the present setting gives it.
func (d Device) ExpiresUnder(rememberDays int) time.Time {
	allowed := d.CreatedAt.AddDate(0, 0, rememberDays)
	if allowed.Before(d.ExpiresAt) {
		return allowed
	}
	return d.ExpiresAt
}

// Under returns the device with the expiry that the present setting gives it. A device that has expired
// is returned as ended at that time.
func (d Device) Under(rememberDays int, now time.Time) Device {
	d.ExpiresAt = d.ExpiresUnder(rememberDays)
	if d.EndedAt.IsZero() && !now.Before(d.ExpiresAt) {
		d.EndedAt, d.EndReason = d.ExpiresAt, DeviceExpiry
	}
	return d
}

// Proves reports whether the presented token is the device's current one, or was rotated within
// the grace, and the device is still remembered for this account. DecideDevice decides
// separately whether it replaces a code.
func (d Device) Proves(user UserID, presented TokenHash, grace time.Duration, now time.Time) bool {
	if !d.EndedAt.IsZero() || d.User != user || !now.Before(d.ExpiresAt) {
		return false
	}
	_, repeated := d.Rotated(presented, grace, now)
	return repeated || d.TokenHash.Equal(presented)
}

// Rotated finds the presented token among those rotated within the grace. It is presented again
// after a double click or a lost response; the caller then returns the same successor again.
func (d Device) Rotated(presented TokenHash, grace time.Duration, now time.Time) (SpentToken, bool) {
	return spentToken(d.Spent, presented, grace, now)
}

// Rotate replaces the device's token and keeps the old one for the grace.
func (d *Device) Rotate(next TokenHash, sealedSuccessor []byte, grace time.Duration, now time.Time) {
	d.Spent = withSpent(d.Spent, SpentToken{Hash: d.TokenHash, RotatedAt: now, SealedSuccessor: sealedSuccessor}, grace)
	d.TokenHash = next
}

// Use records one sign-in in which the device replaced a code.
func (d *Device) Use(address string, now time.Time) {
	d.Address, d.LastUsedAt = address, now
	d.Skips++
}

// Rename changes the name of the device, which is for people.
func (d *Device) Rename(raw string) error {
	name, err := parseName("name", raw)
	if err == nil {
		d.Name = name
	}
	return err
}
