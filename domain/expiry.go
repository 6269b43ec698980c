package domain

import (
	"strconv"
	"time"
)

// Expiry is the removal of the oldest events of an org because of their age. Whole seals are removed.
type Expiry struct {
	Through int64     // the last seal whose events were removed
	Events  int       // the number of removed events
	Before  time.Time // all removed events were older
	Days    int       // the retention that the org had set
}

// AuditCutoff returns the time before which events are to be removed, or the zero time to keep all.
func (s OrgSettings) AuditCutoff(now time.Time) time.Time {
	if s.AuditLogRetentionDays == 0 {
		return time.Time{}
	}
	return now.AddDate(0, 0, -s.AuditLogRetentionDays)
}

// Details returns the details of the event that records the removal.
func (x Expiry) Details() map[string]string {
	return map[string]string{
		"through_seal": strconv.FormatInt(x.Through, 10), "events": strconv.Itoa(x.Events),
		"before": instantText(x.Before), "days": strconv.Itoa(x.Days),
	}
}

// ExpiryOf returns the removal that an event records. ok is false for other events, and if the details of the event
// contradict each other.
func ExpiryOf(e AuditEvent) (x Expiry, ok bool) {
	if e.Name != EventAuditExpired {
		return x, false
	}
	var faults [4]error
	x.Through, faults[0] = strconv.ParseInt(e.Details["through_seal"], 10, 64)
	x.Events, faults[1] = strconv.Atoi(e.Details["events"])
	x.Before, faults[2] = time.Parse(time.RFC3339Nano, e.Details["before"])
	x.Days, faults[3] = strconv.Atoi(e.Details["days"])
	reached := x.Days > 0 && !x.Before.After(e.At.AddDate(0, 0, -x.Days))
	return x, faults == [4]error{} && reached
}

// Covers reports whether the removal included the events of a seal.
func (x Expiry) Covers(seal Seal) bool {
	return seal.Number <= x.Through && seal.Until.Before(x.Before)
}

// AuditAge is the age of the audit log of an org that keeps its log for a number of days.
type AuditAge struct {
	Org    OrgID
	Days   int
	Oldest time.Time // the latest event of the oldest seal that still has its events
}
