package domain

import (
	"strconv"
	"time"
)

// Expiry is the removal of an org's oldest events by age, always whole seals.
type Expiry struct {
	Through int64     // the last seal whose events were removed
	Events  int       // how many
	Before  time.Time // all of them were older
	Days    int       // what the org's setting demanded
}

// AuditCutoff is the instant before which events are to be removed; zero keeps all.
func (s OrgSettings) AuditCutoff(now time.Time) time.Time {
	if s.AuditLogRetentionDays == 0 {
		return time.Time{}
	}
	return now.AddDate(0, 0, -s.AuditLogRetentionDays)
}

// Details tells of the removal in its event.
func (x Expiry) Details() map[string]string {
	return map[string]string{
		"through_seal": strconv.FormatInt(x.Through, 10), "events": strconv.Itoa(x.Events),
		"before": instantText(x.Before), "days": strconv.Itoa(x.Days),
	}
}

// ExpiryOf reads the removal that an event tells of.
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

// Covers tells whether the removal explains that the events of a seal are gone.
func (x Expiry) Covers(seal Seal) bool {
	return seal.Number <= x.Through && seal.Until.Before(x.Before)
}

// AuditAge is how old the audit log of an org is that is to be kept for some days only.
type AuditAge struct {
	Org    OrgID
	Days   int
	Oldest time.Time // the latest event of the oldest seal that still has its events
}
