package http

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/domain"
)

func TestNoArrayIsNullable(t *testing.T) {
	t.Parallel()
	arrays := 0
	walk(documentOf(t, describedServer()), func(object map[string]any) {
		if object["type"] == "array" {
			arrays++
		}
		types, several := object["type"].([]any)
		require.False(t, several && slices.Contains(types, any("array")), "%v", object)
	})
	require.Greater(t, arrays, 20)
}

// TestNullableFieldsAreDeclaredNullable compares the schemas with the Go types behind them.
func TestNullableFieldsAreDeclaredNullable(t *testing.T) {
	t.Parallel()
	whole := documentOf(t, describedServer())
	for _, path := range []string{"Preview/properties/refused", "AccountExport/properties/avatar"} {
		require.Equal(t, map[string]any{"type": "null"}, at(whole, schemaPrefix+path+"/anyOf/1"), path)
	}
	require.Equal(t, schemaPrefix+"PreviewRefusal", at(whole, schemaPrefix+"Preview/properties/refused/anyOf/0/$ref"))
}

// TestNoFieldIsMissingInTheSchemas is needed because Huma ignores the fields of unexported
// embedded types.
func TestNoFieldIsMissingInTheSchemas(t *testing.T) {
	t.Parallel()
	registry := describedServer().OpenAPI().Components.Schemas
	for name := range registry.Map() {
		described := registry.TypeFromRef(schemaPrefix + name)
		if described == nil || described.Kind() != reflect.Struct {
			continue
		}
		for _, field := range reflect.VisibleFields(described) {
			require.True(t, !field.Anonymous || field.IsExported(), "%s embeds %s: export it", name, field.Name)
		}
	}
}

// TestListsAreNeverNull shows values without any elements.
func TestListsAreNeverNull(t *testing.T) {
	t.Parallel()
	for name, shown := range map[string]any{
		"me": showMe(domain.Caller{}).Body, "role": showRole(domain.Role{}, domain.Org{}), "member": showMember(domain.Member{}),
		"recovery codes": showRecoveryCodes(nil).Body, "passkey": showPasskey(mfa.Passkey{}),
		"import row": showImportRow(domain.ImportRow{}),
	} {
		requireLists(t, name, reflect.ValueOf(shown))
	}
}

// requireLists fails when a slice of the value is nil.
func requireLists(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		switch {
		case strings.Contains(field.Tag.Get("json"), "omit"):
		case field.Type.Kind() == reflect.Slice:
			require.False(t, v.Field(i).IsNil(), "%s.%s would be null", name, field.Name)
		case field.Type.Kind() == reflect.Struct && field.Type.PkgPath() == v.Type().PkgPath():
			requireLists(t, name+"."+field.Name, v.Field(i))
		}
	}
}
