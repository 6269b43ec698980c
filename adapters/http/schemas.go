package http

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/domain"
)

// newRegistry returns the registry of schemas. The domain's closed sets are enums, each a schema of
// its own that lists the domain's values.
func newRegistry() huma.Registry {
	registry := huma.NewMapRegistry(schemaPrefix, huma.DefaultSchemaNamer)
	registry.RegisterTypeAlias(reflect.TypeFor[domain.Code](), reflect.TypeFor[codeName]())
	registry.RegisterTypeAlias(reflect.TypeFor[domain.Action](), reflect.TypeFor[actionName]())
	return registry
}

const schemaPrefix = "#/components/schemas/"

type codeName string

// Schema implements huma.SchemaProvider.
func (codeName) Schema(r huma.Registry) *huma.Schema {
	return enumOf(r, "Code", "The stable name of a failure. Later versions may add codes.", domain.Codes())
}

type actionName string

// Schema implements huma.SchemaProvider.
func (actionName) Schema(r huma.Registry) *huma.Schema {
	return enumOf(r, "Action", "An action that an org can guard with a step-up.", domain.Actions())
}

// enumOf returns a reference to the schema of a closed set and registers the schema at its first
// use. The enum is an extension, so that Huma does not check it: the domain does, and reports all
// faults at once.
func enumOf[T ~string](r huma.Registry, name, description string, values []T) *huma.Schema {
	if r.Map()[name] == nil {
		r.Map()[name] = &huma.Schema{Type: huma.TypeString, Description: description, Extensions: map[string]any{"enum": values}}
	}
	return &huma.Schema{Ref: schemaPrefix + name}
}

// allowNull marks each field that is a pointer to a struct without omitempty as nullable. Huma does
// this for pointers to simple values only.
func allowNull(r huma.Registry) {
	for name, schema := range r.Map() {
		t := r.TypeFromRef(schemaPrefix + name)
		if t == nil || t.Kind() != reflect.Struct {
			continue
		}
		for _, field := range reflect.VisibleFields(t) {
			member, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			property := schema.Properties[member]
			if property == nil || property.Ref == "" || field.Type.Kind() != reflect.Pointer || strings.Contains(options, "omitempty") {
				continue
			}
			schema.Properties[member] = &huma.Schema{
				Description: property.Description, AnyOf: []*huma.Schema{{Ref: property.Ref}, {Type: "null"}},
			}
		}
	}
}
