package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestTheCatalogueOfActionsIsTheDocumentedOne(t *testing.T) {
	documented := strings.Fields(`login org_settings.update account.update role.assign role.manage member.mfa_reset
		member.password_reset member.remove recovery_codes.regenerate mfa.disable passkey.add passkey.remove data.export
		org.manage api_key.create webhook.manage`)
	actions := domain.Actions()
	require.Len(t, actions, len(documented))
	for i, action := range actions {
		require.EqualValues(t, documented[i], action)
		require.True(t, action.Known(), action)
	}
}

func TestOnlyActionsThatCouldRemoveTheSecondFactorAreAlwaysGuarded(t *testing.T) {
	var guarded []domain.Action
	for _, action := range domain.Actions() {
		if action.AlwaysGuarded() {
			guarded = append(guarded, action)
		}
	}
	require.ElementsMatch(t, []domain.Action{"recovery_codes.regenerate", "mfa.disable", "passkey.remove", "member.mfa_reset"}, guarded)
}

func TestAnActionOutsideTheCatalogueIsUnknown(t *testing.T) {
	for _, unknown := range []domain.Action{"", "*", "LOGIN", "login ", "mfa", "mfa.disable.all", "make.coffee"} {
		require.False(t, unknown.Known(), "%q", unknown)
	}
}

func TestNobodyCanRewriteTheCatalogueOfActions(t *testing.T) {
	domain.Actions()[0] = "make.coffee"
	require.Equal(t, domain.ActionLogin, domain.Actions()[0])
}
