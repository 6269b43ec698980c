package authz_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// TestCheckPermissionOfOwnAccountHoweverItIsWritten needs neither audit.read nor the store.
func TestCheckPermissionOfOwnAccountHoweverItIsWritten(t *testing.T) {
	const id = "0190d5a0-0000-7000-8000-00000000abcd"
	caller := domain.Caller{Principal: domain.Principal{
		Org:  domain.Org{ID: "0190d5a0-0000-7000-8000-000000000001", Status: domain.StatusActive},
		User: domain.User{ID: id, Email: "ada@example.org", Status: domain.StatusActive},
	}}
	checkPermission := authz.CheckPermission{Guard: proof.Guard{Clock: time.Now}}
	for _, account := range []string{"", id, strings.ToUpper(id), "ada@example.org", "ADA@example.org", " ada@example.org "} {
		_, err := checkPermission.Execute(t.Context(), caller, authz.CheckPermissionInput{Permission: domain.PermMemberRead, Account: account})
		require.NoError(t, err, account)
	}
	for _, account := range []string{"0190d5a0-0000-7000-8000-00000000abce", "eve@example.org", "ada"} {
		_, err := checkPermission.Execute(t.Context(), caller, authz.CheckPermissionInput{Permission: domain.PermMemberRead, Account: account})
		require.ErrorIs(t, err, domain.ErrPermissionDenied, account)
	}
}
