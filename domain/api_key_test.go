package domain_test

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestTheLifetimeOfAKey(t *testing.T) {
	for days, want := range map[int]int{0: 90, 1: 1, 366: 366} {
		key, err := domain.NewAPIKey("k", "a", domain.APIKeyDraft{Name: "n", Days: days}, now)
		require.NoError(t, err)
		require.Equal(t, now.AddDate(0, 0, want), key.ExpiresAt)
		require.False(t, key.Expired(key.ExpiresAt.Add(-time.Nanosecond)))
		require.True(t, key.Expired(key.ExpiresAt))
	}
	for _, days := range []int{-1, 367} {
		_, err := domain.NewAPIKey("k", "a", domain.APIKeyDraft{Name: "n", Days: days}, now)
		require.ErrorIs(t, err, domain.ErrInvalid)
	}
}

func TestNetworksOfKeysAreCanonical(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/8":                        "10.0.0.0/8",
		" 192.0.2.1 ":                       "192.0.2.1/32",
		"2001:DB8:0::/32":                   "2001:db8::/32",
		"2001:db8::1":                       "2001:db8::1/128",
		"::ffff:192.0.2.1":                  "192.0.2.1/32",
		"::ffff:10.0.0.0/104":               "10.0.0.0/8",
		"0.0.0.0/0":                         "0.0.0.0/0",
		"10.0.0.1/8":                        "",
		"::ffff:10.0.0.1/104":               "",
		"::ffff:0:0/90":                     "",
		"fe80::1%eth0":                      "",
		"10.0.0.0/33":                       "",
		"10.0.0":                            "",
		"example.org":                       "",
		"":                                  "",
		"10.0.0.0/8, 192.0.2.0/24":          "",
		"2001:db8::/32/32":                  "",
		"01.2.3.4":                          "",
		"ffff:ffff:ffff:ffff:ffff:ffff::/1": "",
	} {
		key, err := domain.NewAPIKey("k", "a", domain.APIKeyDraft{Name: "n", Networks: []string{text}}, now)
		if want == "" {
			require.ErrorIs(t, err, domain.ErrInvalid, text)
			continue
		}
		require.NoError(t, err, text)
		require.Equal(t, want, key.NetworkNames(), text)
	}
	same := domain.APIKeyDraft{Name: "n", Networks: []string{"10.0.0.1", "10.0.0.1/32", "::ffff:10.0.0.1"}}
	twice, err := domain.NewAPIKey("k", "a", same, now)
	require.NoError(t, err)
	require.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}, twice.Networks)
	many := make([]string, domain.MaxKeyNetworks+1)
	for i := range many {
		many[i] = "10.0.0." + strconv.Itoa(i)
	}
	_, err = domain.NewAPIKey("k", "a", domain.APIKeyDraft{Name: "n", Networks: many}, now)
	require.ErrorIs(t, err, domain.ErrInvalid)
	_, err = domain.NewAPIKey("k", "a", domain.APIKeyDraft{Name: "n", Networks: many[1:]}, now)
	require.NoError(t, err)
}

func TestAKeyAdmitsItsNetworksOnly(t *testing.T) {
	key, err := domain.NewAPIKey("k", "a", domain.APIKeyDraft{Name: "n", Networks: []string{"192.0.2.0/24", "2001:db8::/32"}}, now)
	require.NoError(t, err)
	for address, admitted := range map[string]bool{
		"192.0.2.7": true, "::ffff:192.0.2.7": true, "2001:db8::9": true, "2001:db8::9%eth0": true, "192.0.3.1": false, "": false, "x": false,
	} {
		require.Equal(t, admitted, key.Admits(address), address)
	}
	require.True(t, domain.APIKey{}.Admits(""))
}

func TestADecisionOnAKey(t *testing.T) {
	good := domain.KeyFacts{OrgActive: true, AccountActive: true, ExpiresAt: now.Add(time.Hour), Admitted: true}
	for outcome, c := range map[domain.KeyOutcome]struct {
		spoil   func(*domain.KeyFacts)
		refusal error
	}{
		domain.KeyInOrder:          {func(*domain.KeyFacts) {}, nil},
		domain.KeyOrgSuspended:     {func(f *domain.KeyFacts) { f.OrgActive = false }, domain.ErrOrgSuspended},
		domain.KeyAccountSuspended: {func(f *domain.KeyFacts) { f.AccountActive = false }, domain.ErrServiceAccountSuspended},
		domain.KeyExpired:          {func(f *domain.KeyFacts) { f.ExpiresAt = now }, domain.ErrKeyExpired},
		domain.KeyNetworkRefused:   {func(f *domain.KeyFacts) { f.Admitted = false }, domain.ErrKeyNetwork},
	} {
		facts := good
		c.spoil(&facts)
		verdict := domain.DecideKey(domain.Policy{}, facts, now)
		require.Equal(t, outcome, verdict.Outcome)
		if refusal := verdict.Outcome.Refusal(); c.refusal == nil {
			require.Nil(t, refusal)
		} else {
			require.ErrorIs(t, refusal, c.refusal)
		}
	}
}

func TestAServiceAccountCannotStepUp(t *testing.T) {
	for _, action := range domain.Actions() {
		facts := domain.ActionFacts{Permitted: true, ServiceAccount: true, StepUpFresh: true, Enrolled: true}
		guarded := domain.DecideAction(domain.Policy{StepUpActions: []domain.Action{action}}, action, facts)
		require.Equal(t, domain.ActionPersonOnly, guarded.Outcome, action)
		free := domain.DecideAction(domain.Policy{}, action, facts)
		require.Equal(t, !action.AlwaysGuarded(), free.Outcome == domain.ActionAllowed, action)
	}
}
