package domain

import (
	"slices"
	"time"
)

// RehearsalDays is how many days of sign-ins a rehearsal goes through once more.
const RehearsalDays = 30

// SessionGroup counts sessions that no policy compared tells apart.
type SessionGroup struct {
	Facts SessionFacts
	Count int
}

// AccountGroup counts accounts that no policy tells apart.
type AccountGroup struct {
	Active   bool
	Enrolled bool
	Admin    bool
	Count    int
}

// DeviceGroup counts remembered devices that no policy compared tells apart.
type DeviceGroup struct {
	Device Device
	Count  int
}

// SignInGroup counts sign-ins that were completed alike.
type SignInGroup struct {
	AMR       []AMR
	DeviceAge int // whole days that the remembered device was old; -1 where that is not known
	Count     int
}

// WayIn is what is known of how an account could sign in again.
type WayIn struct {
	User      User
	Owner     bool
	Enrolled  bool
	CodeShown bool   // within RehearsalDays: the authenticator is at hand
	Device    Device // the newest that is still remembered; the zero Device is none
}

// getsIn tells whether the account would surely get past its second factor under the policy:
// it needs none, can still enrol, or was seen to have what is asked for.
func (w WayIn) getsIn(p Policy, now time.Time) bool {
	facts := SignInFacts{
		OrgActive: true, AccountActive: w.User.Active(), PasswordProven: !w.User.PasswordLapsed(now) && !w.User.Invited(),
		Enrolled: w.Enrolled, AdminRole: true, CodeProven: w.Enrolled && w.CodeShown,
	}
	if w.Device.ID != "" {
		facts.Device = DecideDevice(p, w.Device, now)
	}
	outcome := DecideSignIn(p, facts).Outcome
	return outcome == SignInAuthenticated || outcome == SignInEnrollmentRequired
}

// Rehearsal is all that a change of policy could touch.
type Rehearsal struct {
	Now            time.Time
	Current, Draft Policy
	Sessions       []SessionGroup
	Accounts       []AccountGroup
	Devices        []DeviceGroup // not forgotten, whether or not they still excuse
	SignIns        []SignInGroup
	WaysIn         []WayIn // of the owners, and of whoever makes the change
	Caller         UserID
}

// Forecast is what the draft would do.
type Forecast struct {
	SessionsEnded    int // that are in order now and would be no more
	AccountsToEnroll int // that sign in with the password alone now and would have to enrol
	DevicesForgotten int // for good
	DevicesStopped   int // that stay on their lists but excuse from nothing any more
	SignIns          int // that were gone through once more
	ExtraPrompts     int // of those: would have been asked for more than they were
	Undated          int // of those: by a device of unknown age, counted as if it was new
	Refusal          *Error
}

// Forecast asks the policy, once as it is and once as it would be, and counts what differs.
func (r Rehearsal) Forecast() Forecast {
	f := Forecast{Refusal: r.Refusal()}
	for _, g := range r.Sessions {
		inOrder := func(p Policy) bool { return DecideSession(p, g.Facts, r.Now).Outcome == SessionInOrder }
		f.SessionsEnded += r.lost(g.Count, inOrder)
	}
	for _, g := range r.Accounts {
		facts := SignInFacts{OrgActive: true, AccountActive: g.Active, PasswordProven: true, Enrolled: g.Enrolled, AdminRole: g.Admin}
		f.AccountsToEnroll += r.lost(g.Count, func(p Policy) bool { return DecideSignIn(p, facts).Outcome != SignInEnrollmentRequired })
	}
	for _, g := range r.Devices {
		if r.forgets() {
			f.DevicesForgotten += g.Count
			continue
		}
		f.DevicesStopped += r.lost(g.Count, func(p Policy) bool { return DecideDevice(p, g.Device, r.Now) == DeviceExcuses })
	}
	for _, g := range r.SignIns {
		f.SignIns += g.Count
		f.ExtraPrompts += r.lost(g.Count, func(p Policy) bool { return DecideSignIn(p, g.facts(p, r.Now)).Outcome == SignInAuthenticated })
		if g.DeviceAge < 0 && slices.Contains(g.AMR, AMRRememberedDevice) {
			f.Undated += g.Count
		}
	}
	return f
}

// lost is count where holds is true of the policy as it is and false of the draft.
func (r Rehearsal) lost(count int, holds func(Policy) bool) int {
	if holds(r.Current) && !holds(r.Draft) {
		return count
	}
	return 0
}

// forgets tells whether the change takes every device of the org away.
func (r Rehearsal) forgets() bool { return Forgets(r.Current, r.Draft) }

// Forgets tells whether going over to the draft takes every remembered device away.
func Forgets(current, draft Policy) bool {
	return current.RememberDeviceDays > 0 && draft.RememberDeviceDays == 0
}

// facts is the sign-in as it was: an account that showed no second factor had none.
func (g SignInGroup) facts(p Policy, now time.Time) SignInFacts {
	session := Session{AMR: g.AMR}
	f := SignInFacts{OrgActive: true, AccountActive: true, PasswordProven: true, Enrolled: session.SatisfiesMFA(), CodeProven: session.ACR() == AAL2}
	if slices.Contains(g.AMR, AMRRememberedDevice) {
		created := now.AddDate(0, 0, -max(0, g.DeviceAge))
		f.Device = DecideDevice(p, Device{CreatedAt: created, ExpiresAt: now.AddDate(1, 0, 0)}, now)
	}
	return f
}

// Refusal is why the change must not be made: nobody would be sure to get in again who could
// take it back. It refuses only what the draft itself would bring about.
func (r Rehearsal) Refusal() *Error {
	owner := func(w WayIn) bool { return w.Owner }
	caller := func(w WayIn) bool { return w.User.ID == r.Caller }
	switch {
	case r.anyIn(r.Current, owner) && !r.anyIn(r.Draft, owner):
		return ErrLocksOutOwners
	case r.anyIn(r.Current, caller) && !r.anyIn(r.Draft, caller):
		return ErrLocksOutCaller
	}
	return nil
}

func (r Rehearsal) anyIn(p Policy, whose func(WayIn) bool) bool {
	return slices.ContainsFunc(r.WaysIn, func(w WayIn) bool { return whose(w) && w.getsIn(p, r.Now) })
}
