package http

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNamesInRequestsAreNormalised(t *testing.T) {
	t.Parallel()
	const decomposed, composed = "Ame\u0301lie", "Am\u00e9lie"
	patch := &profileRequest{}
	name := decomposed
	patch.Body.FullName = &name
	composeText(patch, textFields(reflect.TypeOf(*patch)))
	require.Equal(t, composed, *patch.Body.FullName)
	patch.Body.FullName = nil
	composeText(patch, textFields(reflect.TypeOf(*patch)))

	org := &createOrgRequest{}
	org.Body.Name, org.Body.Owner.FullName, org.Body.Owner.Email = decomposed, decomposed, decomposed
	composeText(org, textFields(reflect.TypeOf(*org)))
	require.Equal(t, composed, org.Body.Name)
	require.Equal(t, composed, org.Body.Owner.FullName)
	require.Equal(t, decomposed, org.Body.Owner.Email, "no name")

	list := &listMembersRequest{}
	list.Q, list.Cursor = decomposed, decomposed
	composeText(list, textFields(reflect.TypeOf(*list)))
	require.Equal(t, composed, list.Q)
	require.Equal(t, decomposed, list.Cursor, "opaque")

	login := &loginRequest{}
	login.Body.Password = decomposed
	require.Empty(t, textFields(reflect.TypeOf(*login)), "tokens and passwords are left as they are")
}
