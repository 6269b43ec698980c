package http

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestEveryCodeHasAStatus(t *testing.T) {
	for _, code := range domain.Codes() {
		require.NotZero(t, statuses[code], "%s", code)
	}
	require.Len(t, statuses, len(domain.Codes()))
}

func TestTheDetailNamesTheHeaderOrOperationThatHelps(t *testing.T) {
	require.Equal(t, "This resource has changed since you loaded it. Reload it and retry with the new ETag.",
		detailOf(domain.ErrPreconditionFailed))
	stepUp := domain.ErrStepUpRequired.For(domain.ActionMFADisable)
	require.Contains(t, problemOf(context.Background(), stepUp).Detail, "X-Step-Up-Token")
	require.Equal(t, domain.ErrSessionExpired.Message, detailOf(domain.ErrSessionExpired))
}

func TestAFieldIsNamedByItsLocationInTheRequest(t *testing.T) {
	under := &request{parameters: queryParameters(reflect.TypeFor[struct {
		Paging
		Status string `query:"status" doc:"..."`
		Body   struct{ Email string }
	}]())}
	for field, location := range map[string]string{
		"status": "query.status", "cursor": "query.cursor", "email": "body.email", "owner.email": "body.owner.email",
		"roles[1]": "body.roles[1]", "": "body",
	} {
		require.Equal(t, location, under.locationOf(field))
	}
}

// TestValidationMessagesAreReplaced checks the messages of Huma, which this package replaces.
func TestValidationMessagesAreReplaced(t *testing.T) {
	type form struct {
		Name  string   `json:"name" minLength:"2" maxLength:"3" pattern:"^[a-z]+$"`
		Kind  string   `json:"kind" enum:"one,two"`
		At    string   `json:"at" format:"date-time"`
		Email string   `json:"email" format:"email"`
		Count int      `json:"count" minimum:"1" maximum:"9"`
		Yes   bool     `json:"yes"`
		List  []string `json:"list" minItems:"1" maxItems:"2"`
	}
	registry := newRegistry()
	schema := huma.SchemaFromType(registry, reflect.TypeFor[form]())
	schema.PrecomputeMessages()
	for _, sent := range []map[string]any{
		{}, {"name": "a", "kind": "three", "at": "now", "email": "secret", "count": 0.0, "yes": 1.0, "list": []any{}, "more": 1.0},
		{"name": "ABCD", "kind": 1.0, "at": 1.0, "email": 1.0, "count": 1.5, "yes": "no", "list": []any{"a", "b", "c"}},
		{"name": 1.0, "kind": "one", "at": "2026-01-31T09:30:00Z", "email": "a@example.org", "count": 10.0, "yes": true, "list": "a"},
	} {
		var result huma.ValidateResult
		huma.Validate(registry, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, sent, &result)
		require.NotEmpty(t, result.Errors)
		for _, err := range result.Errors {
			detail, ok := errors.AsType[*huma.ErrorDetail](err)
			require.True(t, ok)
			message := detail.Message
			require.Regexp(t, `^(must|is not) `, message)
			require.NotContains(t, message, "%!")
			require.NotContains(t, message, "secret")
		}
	}
}
