package domain

import "time"

const (
	firstBackoff   = 5 * time.Second
	longestBackoff = 4 * time.Hour
)

// Delivered returns the delivery after an attempt that the receiver answered with a status of success.
func (d Delivery) Delivered(now time.Time, status int) Delivery {
	d.Attempts++
	d.AttemptedAt, d.Answer, d.Failure, d.Status = now, status, "", DeliveryDelivered
	return d
}

// Refused returns the delivery after a failed attempt. status is that of the answer; 0: there was none. The next attempt is due
// after a pause that grows from 5 s to 4 h; random is in [0, 1) and shortens it by up to a quarter. The last attempt is due at
// the end of DeliveryLifetime: if it fails, the delivery is given up.
func (d Delivery) Refused(now time.Time, status int, fault DeliveryFault, random float64) Delivery {
	d.Attempts++
	d.AttemptedAt, d.Answer, d.Failure = now, status, fault
	end := d.CreatedAt.Add(DeliveryLifetime)
	if !now.Before(end) {
		d.Status = DeliveryFailed
		return d
	}
	d.DueAt = now.Add(shortened(growing(firstBackoff, 3, d.Attempts-1, longestBackoff), random))
	if d.DueAt.After(end) {
		d.DueAt = end
	}
	return d
}

// EventRemoved returns the delivery of an event that the audit log no longer has: there is nothing to send.
func (d Delivery) EventRemoved() Delivery {
	d.Status, d.Failure = DeliveryFailed, FaultGone
	return d
}
