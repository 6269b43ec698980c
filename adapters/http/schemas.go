package http

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/domain"
)

// newRegistry makes the schemas of the document. The closed sets of the domain are enums,
// each a schema of its own that is generated from the domain's list.
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
	return enumOf(r, "Code", "The stable name of a failure. Later versions may add some.", domain.Codes())
}

type actionName string

// Schema implements huma.SchemaProvider.
func (actionName) Schema(r huma.Registry) *huma.Schema {
	return enumOf(r, "Action", "An action that an org can guard with a step-up.", domain.Actions())
}

// enumOf refers to the schema of a closed set, which it makes at its first use. The enum is an
// extension, so that Huma does not check it: the domain does, and tells of all faults at once.
func enumOf[T ~string](r huma.Registry, name, description string, values []T) *huma.Schema {
	if r.Map()[name] == nil {
		r.Map()[name] = &huma.Schema{Type: huma.TypeString, Description: description, Extensions: map[string]any{"enum": values}}
	}
	return &huma.Schema{Ref: schemaPrefix + name}
}

// allowNull lets each member be null that is one in Go, a pointer to a struct without omitempty.
// Huma does so for pointers to simple values only.
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
