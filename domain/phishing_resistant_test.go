package domain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// covering returns lenient() with phishing_resistant.
func covering(covers domain.Coverage) domain.Policy {
	p := lenient()
	p.PhishingResistant = covers
	return p
}

func TestAdminsOrEveryoneAreCovered(t *testing.T) {
	for covers, want := range map[domain.Coverage][2]bool{
		"": {false, false}, domain.CoverageOff: {false, false}, domain.CoverageAdmins: {false, true}, domain.CoverageEveryone: {true, true},
	} {
		require.Equal(t, want, [2]bool{covers.Covers(false), covers.Covers(true)}, covers)
		settings := domain.OrgSettings{PhishingResistant: string(covers)}
		require.Equal(t, want[0], settings.Policy(limits).WantsPasskey(false))
		require.Equal(t, want[0], domain.Principal{Settings: settings}.WantsPasskey())
		owner := domain.Principal{Settings: settings, Roles: []domain.Role{{Name: domain.RoleOwner, System: true}}}
		require.Equal(t, want[1], owner.WantsPasskey())
	}
}

// TestTheStepsOfACoveredSignIn follows accounts from the first factor to the end.
func TestTheStepsOfACoveredSignIn(t *testing.T) {
	type facts = domain.SignInFacts
	with := func(f facts) facts {
		f.OrgActive, f.AccountActive = true, true
		f.CodeProven = f.CodeProven || f.PasskeyProven || f.RecoveryProven
		return f
	}
	totp := facts{PasswordProven: true, Enrolled: true, Device: domain.DeviceSkipsCode}
	passkey := facts{PasswordProven: true, Enrolled: true, HasPasskey: true, Device: domain.DeviceSkipsCode}
	change := func(f facts, changes ...func(*facts)) facts {
		for _, change := range changes {
			change(&f)
		}
		return f
	}
	code := func(f *facts) { f.CodeProven = true }
	recovery := func(f *facts) { f.RecoveryProven = true }
	added := func(f *facts) { f.Enrolled, f.HasPasskey, f.PasskeyProven = true, true, true }
	temporary := func(f *facts) { f.MustChangePassword = true }
	alone := func(f *facts) { f.PasswordProven, f.PasskeyProven = false, true }
	for name, c := range map[string]struct {
		facts   facts
		want    domain.SignInOutcome
		decider string
	}{
		"no factor":                          {facts{PasswordProven: true}, domain.SignInEnrollmentRequired, "phishing_resistant"},
		"no factor, temporary password":      {change(facts{PasswordProven: true}, temporary), domain.SignInPasswordChange, "account.password"},
		"no factor, passkey added":           {change(facts{PasswordProven: true}, added), domain.SignInAuthenticated, ""},
		"app, on a remembered device":        {totp, domain.SignInCodeRequired, "account.mfa"},
		"app, temporary password":            {change(totp, temporary), domain.SignInCodeRequired, "account.mfa"},
		"app, code, temporary password":      {change(totp, code, temporary), domain.SignInPasswordChange, "account.password"},
		"app, code":                          {change(totp, code), domain.SignInEnrollmentRequired, "phishing_resistant"},
		"app, recovery code":                 {change(totp, recovery), domain.SignInEnrollmentRequired, "phishing_resistant"},
		"app, code, passkey added":           {change(totp, code, added), domain.SignInAuthenticated, ""},
		"passkey, on a remembered device":    {passkey, domain.SignInCodeRequired, "phishing_resistant"},
		"passkey, temporary password":        {change(passkey, temporary), domain.SignInCodeRequired, "phishing_resistant"},
		"passkey and app, code":              {change(passkey, code), domain.SignInCodeRequired, "phishing_resistant"},
		"passkey, recovery code":             {change(passkey, recovery), domain.SignInEnrollmentRequired, "phishing_resistant"},
		"passkey, recovery code, new one":    {change(passkey, recovery, added), domain.SignInAuthenticated, ""},
		"passkey, shown":                     {change(passkey, added), domain.SignInAuthenticated, ""},
		"passkey alone":                      {change(passkey, alone), domain.SignInAuthenticated, ""},
		"passkey alone, temporary password":  {change(passkey, alone, temporary), domain.SignInPasswordChange, "account.password"},
		"passkey, wrong password, not shown": {facts{Enrolled: true, HasPasskey: true}, domain.SignInRefused, "account.password"},
	} {
		t.Run(name, func(t *testing.T) {
			verdict := domain.DecideSignIn(covering(domain.CoverageEveryone), with(c.facts))
			require.Equal(t, c.want, verdict.Outcome)
			require.Equal(t, c.decider, lastOf(verdict).Decider)
		})
	}
}

func TestAPasskeyAloneSatisfiesEveryRuleOfAnOrgThatRequiresNone(t *testing.T) {
	for _, policy := range []domain.Policy{lenient(), {RequireTwoFactor: true}} {
		for _, admin := range []bool{false, true} {
			f := domain.SignInFacts{OrgActive: true, AccountActive: true, Enrolled: true, HasPasskey: true, CodeProven: true, PasskeyProven: true}
			f.AdminRole = admin
			require.Equal(t, domain.SignInAuthenticated, domain.DecideSignIn(policy, f).Outcome)
		}
	}
}

func TestACoveredSessionNeedsAPasskey(t *testing.T) {
	for _, c := range []struct {
		covers domain.Coverage
		admin  bool
		amr    []domain.AMR
		want   error
	}{
		{domain.CoverageEveryone, false, []domain.AMR{domain.AMRPassword}, domain.ErrPasskeyRequired},
		{domain.CoverageEveryone, false, []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}, domain.ErrPasskeyRequired},
		{domain.CoverageEveryone, true, []domain.AMR{domain.AMRPassword, domain.AMRRecoveryCode}, domain.ErrPasskeyRequired},
		{domain.CoverageEveryone, false, []domain.AMR{domain.AMRPassword, domain.AMRRememberedDevice}, domain.ErrPasskeyRequired},
		{domain.CoverageEveryone, false, []domain.AMR{domain.AMRPassword, domain.AMRPossession}, nil},
		{domain.CoverageEveryone, true, []domain.AMR{domain.AMRPossession}, nil},
		{domain.CoverageAdmins, true, []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}, domain.ErrPasskeyRequired},
		{domain.CoverageAdmins, true, []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode, domain.AMRPossession}, nil},
		{domain.CoverageAdmins, false, []domain.AMR{domain.AMRPassword}, nil},
		{domain.CoverageOff, true, []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}, nil},
	} {
		_, facts := liveSession()
		facts.AdminRole, facts.Session.AMR = c.admin, c.amr
		verdict := domain.DecideSession(covering(c.covers), facts, now)
		requireSession(t, c.want, verdict.Outcome.Refusal())
		if c.want != nil {
			require.Equal(t, "phishing_resistant", lastOf(verdict).Decider)
		}
	}
}

func TestNoDeviceSkipsThePasskeyOfACoveredAccount(t *testing.T) {
	device := domain.Device{CreatedAt: now, ExpiresAt: now.AddDate(0, 0, 30)}
	for covers, want := range map[domain.Coverage][2]domain.DeviceVerdict{
		domain.CoverageOff:      {domain.DeviceSkipsCode, domain.DeviceSkipsCode},
		domain.CoverageAdmins:   {domain.DeviceSkipsCode, domain.DeviceNotAccepted},
		domain.CoverageEveryone: {domain.DeviceNotAccepted, domain.DeviceNotAccepted},
	} {
		p := covering(covers)
		require.Equal(t, want, [2]domain.DeviceVerdict{
			domain.DecideDevice(p, device, false, now), domain.DecideDevice(p, device, true, now),
		})
		for i, verdict := range want {
			require.Equal(t, verdict == domain.DeviceSkipsCode, p.RemembersDevices(i == 1), "%s %d", covers, i)
		}
	}
}

func TestACoveredAccountStepsUpWithAPasskey(t *testing.T) {
	for bits := range 1 << 6 {
		on := func(i int) bool { return bits>>i&1 == 1 }
		f := domain.ActionFacts{Permitted: true, Enrolled: on(0), HasPasskey: on(1), StepUpFresh: on(2), StepUpPasskey: on(3), AdminRole: on(4)}
		if f.HasPasskey && !f.Enrolled || f.StepUpPasskey && !f.StepUpFresh {
			continue
		}
		p, covered := covering(domain.CoverageAdmins), f.AdminRole
		if on(5) {
			p.StepUpActions = []domain.Action{domain.ActionDataExport}
		}
		want := domain.ActionAllowed
		switch {
		case !on(5):
		case !f.Enrolled || covered && !f.HasPasskey:
			want = domain.ActionEnrollFirst
		case !f.StepUpFresh || covered && !f.StepUpPasskey:
			want = domain.ActionStepUp
		}
		says := fmt.Sprintf("guarded %v, %+v", on(5), f)
		require.Equal(t, want, domain.DecideAction(p, domain.ActionDataExport, f).Outcome, says)
	}
}

func TestTheSmallestChangeNamesThePasskey(t *testing.T) {
	says := func(changes []domain.Change) (what []string) {
		for _, c := range changes {
			what = append(what, c.Reach.By()+": "+c.What)
		}
		return what
	}
	off := []string{"administrator: turn phishing_resistant off"}
	someone, policy := domain.Principal{}, covering(domain.CoverageEveryone)
	known := domain.SignInFacts{OrgActive: true, AccountActive: true, PasswordProven: true}
	signIn := func(change func(*domain.SignInFacts)) domain.Decision {
		f := known
		change(&f)
		return domain.SignInDecision(someone, policy, f)
	}
	for want, d := range map[string]domain.Decision{
		"add a passkey during sign-in": signIn(func(*domain.SignInFacts) {}),
		"enter a code of the authenticator app or a recovery code, then add a passkey": signIn(func(f *domain.SignInFacts) { f.Enrolled = true }),
		"use a passkey": signIn(func(f *domain.SignInFacts) { f.Enrolled, f.HasPasskey = true, true }),
		"add a new passkey": signIn(func(f *domain.SignInFacts) {
			f.Enrolled, f.HasPasskey, f.CodeProven, f.RecoveryProven = true, true, true, true
		}),
	} {
		require.Equal(t, []string{"account: " + want}, says(d.SmallestChange()))
	}
	proven := signIn(func(f *domain.SignInFacts) { f.Enrolled, f.CodeProven = true, true })
	require.Equal(t, off, says(proven.SmallestChangeByOthers()))
	require.Equal(t, "phishing_resistant", proven.Decider())
	history, ok := proven.History()
	require.True(t, ok)
	require.Equal(t, "phishing_resistant", history.Detail)

	_, live := liveSession()
	live.Session.AMR = append(live.Session.AMR, domain.AMROneTimeCode)
	session := domain.SessionDecision(someone, policy, live, now)
	require.Equal(t, []string{"account: sign in again with a passkey"}, says(session.SmallestChange()))
	require.Equal(t, off, says(session.SmallestChangeByOthers()))

	policy.StepUpActions = []domain.Action{domain.ActionDataExport}
	action := func(f domain.ActionFacts) domain.Decision {
		f.Action, f.Permitted, f.Enrolled = domain.ActionDataExport, true, true
		return domain.ActionDecision(someone, policy, f)
	}
	require.Equal(t, []string{"account: add a passkey", "account: step up for the action with a passkey"},
		says(action(domain.ActionFacts{}).SmallestChange()))
	byCode := action(domain.ActionFacts{HasPasskey: true, StepUpFresh: true})
	require.Equal(t, []string{"account: step up for the action with a passkey"}, says(byCode.SmallestChange()))
	require.Len(t, byCode.SmallestChangeByOthers(), 1)
}

func TestAForecastOfPasskeysCountsWhatTheyChange(t *testing.T) {
	session := func(admin bool, amr ...domain.AMR) domain.SessionFacts {
		_, facts := liveSession()
		facts.AdminRole, facts.Session.AMR = admin, amr
		return facts
	}
	device := domain.Device{CreatedAt: now, ExpiresAt: now.AddDate(0, 0, 30)}
	r := domain.Rehearsal{
		Now: now, Current: lenient(),
		Sessions: []domain.SessionGroup{
			{Facts: session(false, domain.AMRPassword), Count: 1},
			{Facts: session(true, domain.AMRPassword, domain.AMROneTimeCode), Count: 10},
			{Facts: session(true, domain.AMRPossession), Count: 100},
			{Facts: session(false, domain.AMRPassword, domain.AMRPossession), Count: 1000},
		},
		Accounts: []domain.AccountGroup{
			{Active: true, Count: 1}, {Active: true, Enrolled: true, Count: 10}, {Active: true, Enrolled: true, Passkey: true, Count: 100},
			{Active: true, Admin: true, Count: 1000}, {Active: true, Enrolled: true, Admin: true, Count: 10000},
			{Active: true, Enrolled: true, Passkey: true, Admin: true, Count: 100000}, {Count: 1000000},
		},
		Devices: []domain.DeviceGroup{{Device: device, Count: 1}, {Device: device, Admin: true, Count: 10}},
		SignIns: []domain.SignInGroup{
			{AMR: []domain.AMR{domain.AMRPassword}, DeviceAge: -1, Count: 1},
			{AMR: []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}, DeviceAge: -1, Count: 10},
			{AMR: []domain.AMR{domain.AMRPossession}, DeviceAge: -1, Count: 100},
			{AMR: []domain.AMR{domain.AMRPassword, domain.AMRRememberedDevice}, DeviceAge: 1, Admin: true, Count: 1000},
			{AMR: []domain.AMR{domain.AMRPassword, domain.AMRPossession}, DeviceAge: -1, Admin: true, Count: 10000},
			{AMR: []domain.AMR{domain.AMRPassword, domain.AMRRecoveryCode}, DeviceAge: -1, Admin: true, Count: 100000},
		},
	}
	for covers, want := range map[domain.Coverage]domain.Forecast{
		domain.CoverageOff:      {},
		domain.CoverageAdmins:   {SessionsEnded: 10, AccountsToEnroll: 10000, DevicesStopped: 10, ExtraPrompts: 101000},
		domain.CoverageEveryone: {SessionsEnded: 11, AccountsToEnroll: 10011, DevicesStopped: 11, ExtraPrompts: 101011},
	} {
		r.Draft = covering(covers)
		want.SignIns = 111111
		require.Equal(t, want, r.Forecast(), covers)
	}
}

func TestRequiringPasskeysLocksOutNoOwner(t *testing.T) {
	type way = domain.WayIn
	active := domain.User{ID: "a", Status: domain.StatusActive, Password: "hash"}
	device := domain.Device{ID: "newest", CreatedAt: now.AddDate(0, 0, -10), ExpiresAt: now.AddDate(0, 0, 20)}
	locked, lapsed := domain.ErrLocksOutOwners, active
	lapsed.MustChangePassword, lapsed.PasswordChangedAt = true, now.Add(-domain.TemporaryPasswordTTL)
	for name, c := range map[string]struct {
		way  way
		want *domain.Error
	}{
		"a passkey that was used":              {way{User: active, Enrolled: true, CodeShown: true, Passkey: true, PasskeyShown: true}, nil},
		"a passkey, and the password lapsed":   {way{User: lapsed, Enrolled: true, CodeShown: true, Passkey: true, PasskeyShown: true}, nil},
		"an app that was used, no passkey":     {way{User: active, Enrolled: true, CodeShown: true}, nil},
		"no factor":                            {way{User: active}, nil},
		"an app that was used, a resting key":  {way{User: active, Enrolled: true, CodeShown: true, Passkey: true}, locked},
		"an app, only a device was used":       {way{User: active, Enrolled: true, Device: device}, locked},
		"a resting key, only a device is used": {way{User: active, Enrolled: true, Passkey: true, Device: device}, locked},
		"no way in before either":              {way{User: active, Enrolled: true, Passkey: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c.way.Owner = true
			for _, covers := range []domain.Coverage{domain.CoverageAdmins, domain.CoverageEveryone} {
				r := domain.Rehearsal{Now: now, Current: lenient(), Draft: covering(covers), WaysIn: []domain.WayIn{c.way}, Caller: "a"}
				require.Equal(t, c.want, r.Refusal())
				other := domain.WayIn{User: active, Owner: true}
				other.User.ID = "b"
				r.WaysIn = append(r.WaysIn, other)
				if c.want != nil {
					require.Equal(t, domain.ErrLocksOutCaller, r.Refusal(), "another owner can still add a passkey")
				}
				r.Draft.PhishingResistant = domain.CoverageOff
				require.Nil(t, r.Refusal())
			}
		})
	}
}

func TestAnOperatorInAnotherOrgIsCoveredAsItsAdmins(t *testing.T) {
	operator := domain.Caller{Principal: domain.Principal{Org: domain.Org{ID: "home", Platform: true}}}
	for covers, want := range map[domain.Coverage]bool{
		domain.CoverageOff: false, domain.CoverageAdmins: true, domain.CoverageEveryone: true,
	} {
		acting := operator.ActFor(domain.Org{ID: "other"}, domain.OrgSettings{PhishingResistant: string(covers)})
		require.Equal(t, want, acting.WantsPasskey(), covers)
	}
}

func TestAStepUpTellsTheFactorThatProvedIt(t *testing.T) {
	who := domain.Principal{User: domain.User{ID: "a"}}
	require.Equal(t, domain.AMRPossession, domain.NewStepUp(who, domain.ActionDataExport, domain.AMRPossession, time.Time{}).AMR)
}
