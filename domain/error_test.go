package domain_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

var sentinels = []*domain.Error{
	domain.ErrUnauthenticated, domain.ErrTokenExpired, domain.ErrTokenRevoked, domain.ErrRefreshToken, domain.ErrSessionExpired,
	domain.ErrInvalidCredentials, domain.ErrInvalidCode, domain.ErrChallengeGone, domain.ErrPermissionDenied, domain.ErrNotFound,
	domain.ErrAlreadyEnrolled, domain.ErrEmailTaken, domain.ErrSlugTaken, domain.ErrStale, domain.ErrAuditBroken, domain.ErrAccountLocked,
	domain.ErrRateLimited,
	domain.ErrOrgRequired, domain.ErrOrgMismatch, domain.ErrOrgNotFound, domain.ErrOrgSuspended, domain.ErrAccountSuspended,
	domain.ErrMFARequired, domain.ErrSecretUnreadable, domain.ErrLocksOutOwners, domain.ErrLocksOutCaller, domain.ErrUnavailable,
	domain.ErrBusy,
}

func TestTheCodesAreTheDocumentedOnes(t *testing.T) {
	documented := strings.Fields(`bad_request invalid unauthenticated token_expired token_revoked session_expired invalid_credentials
		invalid_code forbidden permission_denied mfa_enrollment_required mfa_secret_unreadable step_up_required
		password_change_required not_found conflict
		precondition_failed too_large rate_limited account_locked org_required org_mismatch org_not_found org_suspended
		account_suspended unavailable internal`)
	codes := []domain.Code{
		domain.CodeBadRequest, domain.CodeInvalid, domain.CodeUnauthenticated, domain.CodeTokenExpired, domain.CodeTokenRevoked,
		domain.CodeSessionExpired, domain.CodeInvalidCredentials, domain.CodeInvalidCode, domain.CodeForbidden, domain.CodePermissionDenied,
		domain.CodeMFAEnrollmentRequired, domain.CodeMFASecretUnreadable, domain.CodeStepUpRequired, domain.CodePasswordChangeRequired,
		domain.CodeNotFound,
		domain.CodeConflict, domain.CodePreconditionFailed, domain.CodeTooLarge, domain.CodeRateLimited, domain.CodeAccountLocked,
		domain.CodeOrgRequired, domain.CodeOrgMismatch, domain.CodeOrgNotFound, domain.CodeOrgSuspended, domain.CodeAccountSuspended,
		domain.CodeUnavailable, domain.CodeInternal,
	}
	require.Len(t, codes, len(documented))
	for i, code := range codes {
		require.EqualValues(t, documented[i], code)
	}
}

// TestCodesListsEveryCode reads the constants in the source.
func TestCodesListsEveryCode(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "error.go", nil, 0)
	require.NoError(t, err)
	var declared []domain.Code
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "Code" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			declared = append(declared, domain.Code(value))
		}
		return true
	})
	require.Greater(t, len(declared), 20)
	require.Equal(t, declared, domain.Codes())
}

func TestNoTwoFailuresMatch(t *testing.T) {
	for i, one := range sentinels {
		require.NotEmpty(t, one.Message, one.Code)
		for j, other := range sentinels {
			require.Equal(t, i == j, errors.Is(one, other), "%v and %v", one, other)
		}
	}
}

func TestAWrappedFailureIsStillTheSame(t *testing.T) {
	wrapped := fmt.Errorf("while signing in: %w", domain.ErrAccountLocked)
	require.ErrorIs(t, wrapped, domain.ErrAccountLocked)
	require.NotErrorIs(t, wrapped, domain.ErrRateLimited)
	require.NotErrorIs(t, errors.New("account_locked"), domain.ErrAccountLocked)
	require.NotErrorIs(t, domain.ErrAccountLocked, errors.New("account_locked"))
}

func TestFailuresWithOneCodeDifferByTheirMessages(t *testing.T) {
	require.Equal(t, domain.ErrEmailTaken.Code, domain.ErrStale.Code)
	require.NotErrorIs(t, domain.ErrEmailTaken, domain.ErrStale)
	require.NotErrorIs(t, &domain.Error{Code: domain.CodeInternal, Message: domain.ErrStale.Message}, domain.ErrStale)
}

func TestRetryInReturnsACopy(t *testing.T) {
	later := domain.ErrAccountLocked.RetryIn(time.Minute)
	require.Equal(t, time.Minute, later.RetryAfter)
	require.ErrorIs(t, later, domain.ErrAccountLocked)
	require.Zero(t, domain.ErrAccountLocked.RetryAfter, "the sentinel is not changed")
}

func TestFailuresOfOutagesHaveARetryTime(t *testing.T) {
	require.Positive(t, domain.ErrUnavailable.RetryAfter)
	require.Positive(t, domain.ErrBusy.RetryAfter)
}

func TestAFailureReadsAsItsCodeAndMessage(t *testing.T) {
	require.EqualError(t, domain.ErrNotFound, "not_found: There is no such resource. Check its id.")
}

func TestARefusedValueNamesItsMember(t *testing.T) {
	err := domain.Invalid("email", "must be an address")
	requireFault(t, err, "email")
	require.Equal(t, []domain.FieldError{{Field: "email", Message: "must be an address"}}, err.Fields)
}
