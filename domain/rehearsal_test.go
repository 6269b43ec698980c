package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func lenient() domain.Policy {
	return domain.Policy{RememberDeviceDays: 30, IdleTimeout: 30 * time.Minute, IdleCeiling: 30 * time.Minute}
}

func TestAForecastCountsWhatIsAllowedNowAndWouldNotBe(t *testing.T) {
	session := func(idle time.Duration, admin bool, methods ...domain.AMR) domain.SessionFacts {
		return domain.SessionFacts{OrgActive: true, AccountActive: true, AdminRole: admin, Session: domain.Session{
			LastSeenAt: now.Add(-idle), ExpiresAt: now.Add(time.Hour), AMR: append([]domain.AMR{domain.AMRPassword}, methods...),
		}}
	}
	sessions := []domain.SessionGroup{
		{session(time.Minute, false), 1},
		{session(10*time.Minute, false, domain.AMROneTimeCode), 10},
		{session(time.Minute, false, domain.AMRRememberedDevice), 100},
		{session(time.Hour, false), 1000},   // rests too long already
		{session(time.Minute, true), 10000}, // promoted: refused already
	}
	accounts := []domain.AccountGroup{
		{Active: true, Count: 1}, {Active: true, Enrolled: true, Count: 10}, {Active: true, Admin: true, Count: 100}, {Count: 1000},
	}
	days := func(n int) domain.Device {
		return domain.Device{CreatedAt: now.AddDate(0, 0, -n), ExpiresAt: now.AddDate(0, 0, 30-n)}
	}
	devices := []domain.DeviceGroup{
		{Device: days(1), Count: 1}, {Device: days(7), Count: 10}, {Device: days(29), Count: 100}, {Device: days(30), Count: 1000},
	}
	signIns := []domain.SignInGroup{
		{AMR: []domain.AMR{domain.AMRPassword}, DeviceAge: -1, Count: 1},
		{AMR: []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}, DeviceAge: -1, Count: 10},
		{AMR: []domain.AMR{domain.AMRPassword, domain.AMRRememberedDevice}, DeviceAge: 6, Count: 100},
		{AMR: []domain.AMR{domain.AMRPassword, domain.AMRRememberedDevice}, DeviceAge: 7, Count: 1000},
		{AMR: []domain.AMR{domain.AMRPassword, domain.AMRRememberedDevice}, DeviceAge: -1, Count: 10000},
		{AMR: []domain.AMR{domain.AMRPassword, domain.AMRRecoveryCode}, DeviceAge: -1, Count: 100000},
	}
	for name, c := range map[string]struct {
		draft func(*domain.Policy)
		want  domain.Forecast
	}{
		"nothing changes": {func(*domain.Policy) {}, domain.Forecast{}},
		"a second factor": {func(p *domain.Policy) { p.RequireTwoFactor = true },
			domain.Forecast{SessionsEnded: 1, AccountsToEnroll: 1, ExtraPrompts: 1}},
		"a shorter rest": {func(p *domain.Policy) { p.IdleTimeout = 10 * time.Minute }, domain.Forecast{SessionsEnded: 10}},
		"devices for a week": {func(p *domain.Policy) { p.RememberDeviceDays = 7 },
			domain.Forecast{DevicesStopped: 110, ExtraPrompts: 1000}},
		"no devices": {func(p *domain.Policy) { p.RememberDeviceDays = 0 },
			domain.Forecast{DevicesForgotten: 1111, ExtraPrompts: 11100}},
		"sign-in guarded": {func(p *domain.Policy) { p.StepUpActions = []domain.Action{domain.ActionLogin} },
			domain.Forecast{DevicesStopped: 111, ExtraPrompts: 11100}},
		"another action guarded":  {func(p *domain.Policy) { p.StepUpActions = withoutLogin() }, domain.Forecast{}},
		"devices for longer":      {func(p *domain.Policy) { p.RememberDeviceDays = 365 }, domain.Forecast{}},
		"longer passwords demand": {func(p *domain.Policy) { p.PasswordMinLength = 128 }, domain.Forecast{}},
	} {
		t.Run(name, func(t *testing.T) {
			r := domain.Rehearsal{
				Now:      now,
				Current:  lenient(),
				Draft:    lenient(),
				Sessions: sessions,
				Accounts: accounts,
				Devices:  devices,
				SignIns:  signIns,
			}
			c.draft(&r.Draft)
			c.want.SignIns, c.want.Undated = 111111, 10000
			require.Equal(t, c.want, r.Forecast())
			require.Equal(
				t,
				domain.Forecast{SignIns: 111111, Undated: 10000},
				func() domain.Forecast { r.Current = r.Draft; return r.Forecast() }(),
				"made already, it does nothing more",
			)
		})
	}
}

func TestAChangeIsRefusedIfNoOwnerCouldSurelySignIn(t *testing.T) {
	device := domain.Device{ID: "newest", CreatedAt: now.AddDate(0, 0, -10), ExpiresAt: now.AddDate(0, 0, 20)}
	active := func(id domain.UserID) domain.User {
		return domain.User{ID: id, Status: domain.StatusActive, Password: "hash"}
	}
	byDevice := domain.WayIn{User: active("a"), Owner: true, Enrolled: true, Device: device}
	with := func(change func(*domain.WayIn)) domain.WayIn {
		other := byDevice
		other.User.ID, other.Device = "b", domain.Device{}
		change(&other)
		return other
	}
	shown := with(func(w *domain.WayIn) { w.CodeShown = true })
	unenrolled := with(func(w *domain.WayIn) { w.Enrolled = false })
	lost := with(func(*domain.WayIn) {})
	admin := with(func(w *domain.WayIn) { w.Owner, w.CodeShown = false, true })
	lapsed := with(func(w *domain.WayIn) {
		w.Enrolled, w.User.MustChangePassword, w.User.PasswordChangedAt = false, true, now.Add(-domain.TemporaryPasswordTTL)
	})
	invited := with(func(w *domain.WayIn) { w.Enrolled, w.User.Password = false, "" })
	none := func(p *domain.Policy) { p.RememberDeviceDays = 0 }
	for name, c := range map[string]struct {
		ways   []domain.WayIn
		caller domain.UserID
		draft  func(*domain.Policy)
		want   *domain.Error
	}{
		"the only owner comes by a device":       {[]domain.WayIn{byDevice}, "a", none, domain.ErrLocksOutOwners},
		"another can no more either":             {[]domain.WayIn{byDevice, lost}, "x", none, domain.ErrLocksOutOwners},
		"another has a lapsed password":          {[]domain.WayIn{byDevice, lapsed}, "x", none, domain.ErrLocksOutOwners},
		"another was only invited":               {[]domain.WayIn{byDevice, invited}, "x", none, domain.ErrLocksOutOwners},
		"another has shown a code, but no owner": {[]domain.WayIn{byDevice, admin}, "b", none, domain.ErrLocksOutOwners},
		"another owner has shown a code":         {[]domain.WayIn{byDevice, shown}, "b", none, nil},
		"another owner can still enrol":          {[]domain.WayIn{byDevice, unenrolled}, "b", none, nil},
		"the caller is the one by device":        {[]domain.WayIn{byDevice, shown}, "a", none, domain.ErrLocksOutCaller},
		"the caller had no way in before":        {[]domain.WayIn{lost, shown}, "b", none, nil},
		"the caller is of another org":           {[]domain.WayIn{byDevice, shown}, "", none, nil},
		"no owner had a way in before":           {[]domain.WayIn{lost}, "b", none, nil},
		"the device still excuses":               {[]domain.WayIn{byDevice}, "a", func(p *domain.Policy) { p.RememberDeviceDays = 11 }, nil},
		"the device excuses no more": {[]domain.WayIn{byDevice}, "a", func(p *domain.Policy) { p.RememberDeviceDays = 10 },
			domain.ErrLocksOutOwners},
		"sign-in guarded": {[]domain.WayIn{byDevice}, "a",
			func(p *domain.Policy) { p.StepUpActions = []domain.Action{domain.ActionLogin} }, domain.ErrLocksOutOwners},
		"a second factor required": {[]domain.WayIn{byDevice, unenrolled}, "b",
			func(p *domain.Policy) { p.RequireTwoFactor = true }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := domain.Rehearsal{Now: now, Current: lenient(), Draft: lenient(), WaysIn: c.ways, Caller: c.caller}
			c.draft(&r.Draft)
			require.Equal(t, c.want, r.Refusal())
		})
	}
}

func TestAForecastCountsServiceAccountsThatLoseAnAction(t *testing.T) {
	account := func(change func(*domain.ServiceAccount, *domain.Granter), granted ...domain.Permission) domain.Principal {
		role := domain.Role{ID: "role", Name: "Job", Granted: granted}
		service := domain.ServiceAccount{ID: "job", Status: domain.StatusActive, Roles: []domain.Role{role}}
		granter := domain.Granter{Active: true, Roles: []domain.Role{role}}
		change(&service, &granter)
		return domain.ServicePrincipal(domain.Org{Status: domain.StatusActive}, domain.OrgSettings{}, service, granter, domain.APIKey{})
	}
	working := func(*domain.ServiceAccount, *domain.Granter) {}
	suspended := func(a *domain.ServiceAccount, _ *domain.Granter) { a.Status = domain.StatusSuspended }
	orphan := func(_ *domain.ServiceAccount, g *domain.Granter) { *g = domain.Granter{} }
	both := account(working, domain.PermWebhookManage, domain.PermAuditRead)
	webhook, export := domain.ActionWebhookManage, domain.ActionDataExport
	for name, c := range map[string]struct {
		account        domain.Principal
		current, draft []domain.Action
		want           int
	}{
		"it can do the action":            {account(working, domain.PermWebhookManage), nil, []domain.Action{webhook}, 1},
		"another action":                  {account(working, domain.PermWebhookManage), nil, []domain.Action{export}, 0},
		"guarded already":                 {account(working, domain.PermWebhookManage), []domain.Action{webhook}, []domain.Action{webhook}, 0},
		"one more action":                 {both, []domain.Action{webhook}, []domain.Action{webhook, export}, 1},
		"two actions count once":          {both, nil, []domain.Action{webhook, export}, 1},
		"no longer guarded":               {account(working, domain.PermWebhookManage), []domain.Action{webhook}, nil, 0},
		"either permission of the action": {account(working, domain.PermMemberRead), nil, []domain.Action{export}, 1},
		"it is suspended":                 {account(suspended, domain.PermWebhookManage), nil, []domain.Action{webhook}, 0},
		"its granter is gone":             {account(orphan, domain.PermWebhookManage), nil, []domain.Action{webhook}, 0},
		"the service guards it always": {account(working, domain.PermMemberMFAReset), nil,
			[]domain.Action{domain.ActionMemberMFAReset}, 0},
		"only people do it": {account(working, domain.PermMemberRead), nil, []domain.Action{domain.ActionLogin, domain.ActionPasskeyAdd}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := domain.Rehearsal{Now: now, Current: lenient(), Draft: lenient(), ServiceAccounts: []domain.Principal{c.account}}
			r.Current.StepUpActions, r.Draft.StepUpActions = c.current, c.draft
			require.Equal(t, domain.Forecast{ServiceAccountsRefused: c.want}, r.Forecast())
		})
	}
}
