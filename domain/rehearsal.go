package domain

import (
	"slices"
	"time"
)

// RehearsalDays is the number of past days whose sign-ins a rehearsal evaluates.
const RehearsalDays = 30

// SessionGroup counts sessions that neither of the compared policies distinguishes.
type SessionGroup struct {
	Facts SessionFacts
	Count int
}

// AccountGroup counts accounts that no policy distinguishes.
type AccountGroup struct {
	Active   bool
	Enrolled bool
	Passkey  bool // has one
	Admin    bool
	Count    int
}

// DeviceGroup counts remembered devices that neither of the compared policies distinguishes.
type DeviceGroup struct {
	Device Device
	Admin  bool // of its account
	Count  int
}

// SignInGroup counts sign-ins that were completed in the same way.
type SignInGroup struct {
	AMR       []AMR
	DeviceAge int  // of the remembered device, in whole days; -1 if unknown
	Admin     bool // whether the account has an admin role now
	Count     int
}

// WayIn holds the facts that decide whether an account could sign in again.
type WayIn struct {
	User         User
	Owner        bool
	Enrolled     bool
	CodeShown    bool   // the account has used or enrolled a second factor within RehearsalDays
	Passkey      bool   // has one
	PasskeyShown bool   // has used or added one within RehearsalDays
	Device       Device // the newest that is still remembered; the zero Device: none
}

// canSignIn reports whether the account can certainly sign in under the policy: it needs no second factor, can still
// enrol the one that it needs, has a device that skips it, or has used it within RehearsalDays.
func (w WayIn) canSignIn(p Policy, now time.Time) bool {
	facts := SignInFacts{
		OrgActive: true, AccountActive: w.User.Active(), PasswordProven: !w.User.PasswordLapsed(now) && !w.User.Invited(),
		Enrolled: w.Enrolled, AdminRole: true, CodeProven: w.Enrolled && (w.CodeShown || w.PasskeyShown),
		HasPasskey: w.Passkey, PasskeyProven: w.Passkey && w.PasskeyShown,
	}
	if w.Device.ID != "" {
		facts.Device = DecideDevice(p, w.Device, true, now)
	}
	outcome := DecideSignIn(p, facts).Outcome
	return outcome == SignInAuthenticated || outcome == SignInEnrollmentRequired
}

// Rehearsal holds everything that a change of policy could affect.
type Rehearsal struct {
	Now            time.Time
	Current, Draft Policy
	Sessions       []SessionGroup
	Accounts       []AccountGroup
	Devices        []DeviceGroup // that are not forgotten, whether or not they still skip the code
	SignIns        []SignInGroup
	WaysIn         []WayIn // of the owners and of the caller
	// ServiceAccounts are those with a key that has not expired.
	ServiceAccounts []Principal
	Caller          UserID // the account that makes the change; empty for an operator who acts in another org, and for a service account
}

// Forecast is the effect that the draft would have.
type Forecast struct {
	SessionsEnded    int // sessions that are valid now and would end
	AccountsToEnroll int // accounts whose next sign-in would require an enrolment that it does not require now
	DevicesForgotten int // devices that would be forgotten
	DevicesStopped   int // devices that would stay listed but no longer skip the code
	SignIns          int // past sign-ins that were evaluated
	ExtraPrompts     int // how many of them would have needed a code or an enrolment that they did not need
	Undated          int // how many of them used a device of unknown age, which counts as new
	// ServiceAccountsRefused counts the service accounts that can do an action now and could not do it any more, because no
	// service account can step up.
	ServiceAccountsRefused int
	Refusal                *Error // as Rehearsal.Refusal returns it
}

// Forecast decides everything under both policies and counts the decisions that differ.
func (r Rehearsal) Forecast() Forecast {
	f := Forecast{Refusal: r.Refusal()}
	for _, g := range r.Sessions {
		inOrder := func(p Policy) bool { return DecideSession(p, g.Facts, r.Now).Outcome == SessionInOrder }
		f.SessionsEnded += r.lost(g.Count, inOrder)
	}
	for _, g := range r.Accounts {
		f.AccountsToEnroll += r.lost(g.Count, func(p Policy) bool { return DecideSignIn(p, g.facts()).Outcome != SignInEnrollmentRequired })
	}
	for _, g := range r.Devices {
		if r.forgets() {
			f.DevicesForgotten += g.Count
			continue
		}
		f.DevicesStopped += r.lost(g.Count, func(p Policy) bool { return DecideDevice(p, g.Device, g.Admin, r.Now) == DeviceSkipsCode })
	}
	for _, g := range r.SignIns {
		f.SignIns += g.Count
		f.ExtraPrompts += r.lost(g.Count, func(p Policy) bool { return DecideSignIn(p, g.facts(p, r.Now)).Outcome == SignInAuthenticated })
		if g.DeviceAge < 0 && slices.Contains(g.AMR, AMRRememberedDevice) {
			f.Undated += g.Count
		}
	}
	for _, account := range r.ServiceAccounts {
		if r.refuses(account) {
			f.ServiceAccountsRefused++
		}
	}
	return f
}

// refuses reports whether the service account can do an action now that it could not do under the draft.
func (r Rehearsal) refuses(account Principal) bool {
	return slices.ContainsFunc(Actions(), func(action Action) bool {
		facts := account.ActionFacts(action)
		facts.Permitted = slices.ContainsFunc(action.permissions(), func(needed Permission) bool {
			return DecidePermission(r.Current, account.PermissionFacts(needed)).Outcome == Granted
		})
		return r.lost(1, func(p Policy) bool { return DecideAction(p, action, facts).Outcome == ActionAllowed }) > 0
	})
}

// lost returns count if holds is true of the current policy and false of the draft, otherwise 0.
func (r Rehearsal) lost(count int, holds func(Policy) bool) int {
	if holds(r.Current) && !holds(r.Draft) {
		return count
	}
	return 0
}

// forgets reports whether the change forgets every device of the org.
func (r Rehearsal) forgets() bool { return Forgets(r.Current, r.Draft) }

// Forgets reports whether a change from the current policy to the draft forgets every remembered device.
func Forgets(current, draft Policy) bool {
	return current.RememberDeviceDays > 0 && draft.RememberDeviceDays == 0
}

// facts returns the facts of a sign-in in which the account proves the factors that it has.
func (g AccountGroup) facts() SignInFacts {
	return SignInFacts{
		OrgActive:      true,
		AccountActive:  g.Active,
		PasswordProven: true,
		Enrolled:       g.Enrolled,
		AdminRole:      g.Admin,
		CodeProven:     g.Enrolled,
		HasPasskey:     g.Passkey,
		PasskeyProven:  g.Passkey,
	}
}

// facts returns the facts of the sign-in. An account that showed no second factor had none, and one that showed no
// passkey had none.
func (g SignInGroup) facts(p Policy, now time.Time) SignInFacts {
	session := Session{AMR: g.AMR}
	f := SignInFacts{
		OrgActive:      true,
		AccountActive:  true,
		PasswordProven: true,
		Enrolled:       session.SatisfiesMFA(),
		AdminRole:      g.Admin,
		CodeProven:     session.ACR() == AAL2,
		RecoveryProven: slices.Contains(g.AMR, AMRRecoveryCode),
		HasPasskey:     session.ProvedPasskey(),
		PasskeyProven:  session.ProvedPasskey(),
	}
	if slices.Contains(g.AMR, AMRRememberedDevice) {
		created := now.AddDate(0, 0, -max(0, g.DeviceAge))
		f.Device = DecideDevice(p, Device{CreatedAt: created, ExpiresAt: now.AddDate(1, 0, 0)}, g.Admin, now)
	}
	return f
}

// Refusal returns the reason to refuse the change, or nil. It returns ErrLocksOutOwners if no owner, and ErrLocksOutCaller
// if the caller could no longer be sure to sign in and undo the change. Accounts that cannot sign in under the current
// policy either do not count.
func (r Rehearsal) Refusal() *Error {
	owner := func(w WayIn) bool { return w.Owner }
	caller := func(w WayIn) bool { return w.User.ID == r.Caller }
	switch {
	case r.anyCanSignIn(r.Current, owner) && !r.anyCanSignIn(r.Draft, owner):
		return ErrLocksOutOwners
	case r.anyCanSignIn(r.Current, caller) && !r.anyCanSignIn(r.Draft, caller):
		return ErrLocksOutCaller
	}
	return nil
}

func (r Rehearsal) anyCanSignIn(p Policy, among func(WayIn) bool) bool {
	return slices.ContainsFunc(r.WaysIn, func(w WayIn) bool { return among(w) && w.canSignIn(p, r.Now) })
}
