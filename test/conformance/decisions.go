package conformance

import (
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Decisions checks every promise of port.Decisions.
func Decisions(t *testing.T, open func(t *testing.T) port.Decisions) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, port.Decisions)
	}{
		{"returns the decision that an id was made of, with all its facts", decisionsRoundTrip},
		{"gives every decision an id of the same length", decisionsOneLength},
		{"gives a decision a new id each time", decisionsDiffer},
		{"shows nothing of a decision in its id but the org", decisionsHide},
		{"refuses an id with any character changed", decisionsForms},
		{"refuses an id that another instance made", func(t *testing.T, decisions port.Decisions) {
			_, err := open(t).Open(decisions.Seal(everyDecision()[0]), storeNow)
			mustBe(t, domain.ErrNotFound, err)
		}},
		{"refuses an id in another org", decisionsOfAnotherOrg},
		{"refuses an id that has expired", decisionsAge},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
	}
}

// everyDecision returns a decision of each kind with all its facts, and one without any.
func everyDecision() (all []domain.Decision) {
	long := strings.Repeat("<", 96)
	action := domain.Actions()[9]
	policy := domain.Policy{
		RequireTwoFactor:   true,
		PhishingResistant:  domain.CoverageEveryone,
		RememberDeviceDays: 365,
		StepUpActions:      domain.Actions(),
		IdleTimeout:        24 * time.Hour,
		IdleCeiling:        1 << 62,
	}
	who := domain.Principal{
		Org:      domain.Org{ID: tokenOrg},
		User:     domain.User{ID: domain.UserID(tokenSession)},
		Settings: domain.OrgSettings{PolicyVersion: 1 << 62},
	}
	session := domain.Session{
		EndedAt: instants()[6], EndReason: domain.EndSignedOutByAdmin, ExpiresAt: instants()[6], LastSeenAt: instants()[5],
		AMR: []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode, domain.AMRRecoveryCode, domain.AMRRememberedDevice, domain.AMRPossession},
	}
	for _, d := range []domain.Decision{
		domain.SignInDecision(who, policy, domain.SignInFacts{
			OrgActive: true, AccountActive: true, PasswordProven: true, HasPasskey: true, PasskeyProven: true, RecoveryProven: true,
			Device: domain.DeviceNotAccepted,
		}),
		domain.SessionDecision(who, policy, domain.SessionFacts{OrgActive: true, AdminRole: true, Session: session}, storeNow),
		domain.ActionDecision(who, policy, domain.ActionFacts{
			Action: action, Permitted: true, Enrolled: true, StepUpFresh: true, AdminRole: true, HasPasskey: true, StepUpPasskey: true,
			ServiceAccount: true,
		}),
		domain.KeyDecision(who, domain.KeyFacts{
			OrgActive: true, AccountActive: true, ExpiresAt: instants()[5], Networks: long, Address: strings.Repeat("f", 45), Admitted: true,
		}, storeNow),
		domain.AccountDecision(who, &domain.PermissionFacts{Permission: domain.PermMemberPasswordReset, OrgActive: true, Roles: long}),
		domain.AccountDecision(who, &domain.AllowanceFacts{Setting: "inactive_user_retention_days", Allowed: true}),
		domain.AccountDecision(who, &domain.RankFacts{Owner: true, Missing: 1 << 30, Lacked: long}),
	} {
		d.At = storeNow
		empty, err := domain.NewDecision(d.Question.Kind())
		if err != nil {
			panic(err)
		}
		empty.Org, empty.At = d.Org, d.At
		all = append(all, d, empty)
	}
	return all
}

func decisionsRoundTrip(t *testing.T, decisions port.Decisions) {
	for _, d := range everyDecision() {
		opened, err := decisions.Open(decisions.Seal(d), storeNow)
		require.NoError(t, err)
		require.Equal(t, d.Org, opened.Org)
		for i, want := range d.Values() {
			got := reflect.ValueOf(opened.Values()[i]).Elem().Interface()
			require.Equal(t, reflect.ValueOf(want).Elem().Interface(), got, "%s %d", d.Question.Kind(), i)
		}
		require.Equal(t, d.Ruling(), opened.Ruling())
	}
}

func decisionsOneLength(t *testing.T, decisions port.Decisions) {
	lengths := map[int]bool{}
	for _, d := range everyDecision() {
		lengths[len(decisions.Seal(d))] = true
	}
	require.Len(t, lengths, 1)
	for length := range lengths {
		require.Less(t, length, 600)
	}
}

func decisionsDiffer(t *testing.T, decisions port.Decisions) {
	seen := map[domain.DecisionID]bool{}
	for range 100 {
		seen[decisions.Seal(everyDecision()[0])] = true
	}
	require.Len(t, seen, 100)
}

func decisionsHide(t *testing.T, decisions port.Decisions) {
	for _, d := range everyDecision() {
		_, text, _ := strings.Cut(string(decisions.Seal(d)), "_")
		raw, err := base64.RawURLEncoding.DecodeString(text)
		require.NoError(t, err)
		for _, value := range d.Values() {
			if kept := reflect.ValueOf(value).Elem(); kept.Kind() == reflect.String && kept.Len() > 3 {
				require.NotContains(t, string(raw), kept.String(), d.Question.Kind())
			}
		}
	}
}

func decisionsForms(t *testing.T, decisions port.Decisions) {
	mustParseOneForm(t, domain.NewSecret(string(decisions.Seal(everyDecision()[0]))), func(id domain.Secret) error {
		_, err := decisions.Open(domain.DecisionID(id.Reveal()), storeNow)
		return asUnauthenticated(err)
	})
	for _, id := range []domain.DecisionID{"", "dec_", "dec_AAAA", "dec", domain.DecisionID(strings.Repeat("A", 5000))} {
		_, err := decisions.Open(id, storeNow)
		mustBe(t, domain.ErrNotFound, err, id)
	}
}

// asUnauthenticated turns ErrNotFound into the error that the suites of tokens expect.
func asUnauthenticated(err error) error {
	if isError(err, domain.ErrNotFound) {
		return domain.ErrUnauthenticated
	}
	return err
}

func decisionsOfAnotherOrg(t *testing.T, decisions port.Decisions) {
	one := everyDecision()[0]
	other := one
	other.Org = "f1890a5d-ac96-774b-bcce-b302099a8057"
	a, b := string(decisions.Seal(one)), string(decisions.Seal(other))
	const org = len("dec_") + 20 // where the orgs differ
	_, err := decisions.Open(domain.DecisionID(b[:org]+a[org:]), storeNow)
	mustBe(t, domain.ErrNotFound, err)
}

func decisionsAge(t *testing.T, decisions port.Decisions) {
	id := decisions.Seal(everyDecision()[0])
	_, err := decisions.Open(id, storeNow.Add(domain.DecisionTTL-1))
	require.NoError(t, err)
	_, err = decisions.Open(id, storeNow.Add(domain.DecisionTTL))
	mustBe(t, domain.ErrNotFound, err)
}
