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
	for _, sentence := range []struct {
		must  string
		check func(*testing.T, port.Decisions)
	}{
		{"opens what it sealed, with everything that was known", decisionsRoundTrip},
		{"gives every decision an id of one length", decisionsOneLength},
		{"gives a decision another id each time", decisionsDiffer},
		{"shows nothing of what it seals but the org", decisionsHide},
		{"does not open an id that was altered in any way", decisionsForms},
		{"does not open what another sealed", func(t *testing.T, decisions port.Decisions) {
			_, err := open(t).Open(decisions.Seal(everyDecision()[0]), storeNow)
			mustBe(t, domain.ErrNotFound, err)
		}},
		{"does not open an id under another org", decisionsOfAnotherOrg},
		{"forgets a decision after its time", decisionsAge},
	} {
		t.Run(sentence.must, func(t *testing.T) { sentence.check(t, open(t)) })
	}
}

// everyDecision is one of each kind with as little, and one with as much, as it may remember.
func everyDecision() (all []domain.Decision) {
	long := strings.Repeat("<", 96)
	action := domain.Actions()[9]
	policy := domain.Policy{RequireTwoFactor: true, RememberDeviceDays: 365, StepUpActions: domain.Actions(), IdleTimeout: 24 * time.Hour, IdleCeiling: 1 << 62}
	who := domain.Principal{Org: domain.Org{ID: tokenOrg}, User: domain.User{ID: domain.UserID(tokenSession)}, Settings: domain.OrgSettings{PolicyVersion: 1 << 62}}
	session := domain.Session{
		EndedAt: instants()[6], EndReason: domain.EndSignedOutByAdmin, ExpiresAt: instants()[6], LastSeenAt: instants()[5],
		AMR: []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode, domain.AMRRecoveryCode, domain.AMRRememberedDevice},
	}
	for _, d := range []domain.Decision{
		domain.SignInDecision(who, policy, domain.SignInFacts{OrgActive: true, AccountActive: true, PasswordProven: true, Device: domain.DeviceUnwelcome}),
		domain.SessionDecision(who, policy, domain.SessionFacts{OrgActive: true, AdminRole: true, Session: session}, storeNow),
		domain.ActionDecision(who, policy, domain.ActionFacts{Action: action, Permitted: true, Enrolled: true}),
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
			require.Equal(t, reflect.ValueOf(want).Elem().Interface(), reflect.ValueOf(opened.Values()[i]).Elem().Interface(), "%s %d", d.Question.Kind(), i)
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

// asUnauthenticated speaks of an id as the suites of tokens do.
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
