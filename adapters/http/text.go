package http

import (
	"reflect"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// textMembers are the JSON and query names of request fields that hold text for people. The text is
// stored and searched in Unicode normalization form NFC, so that "é" as one character and "e" with a combining
// accent, which macOS sends, are the same name. Tokens and codes must not be changed, and passwords
// are normalised where they are hashed.
var textMembers = []string{"name", "full_name", "description", "q"}

// textFields returns the index paths of the fields of a request type that textMembers names.
func textFields(request reflect.Type) (paths [][]int) {
	if request.Kind() != reflect.Struct {
		return nil
	}
	for i := range request.NumField() {
		field := request.Field(i)
		for _, inner := range textFields(field.Type) {
			paths = append(paths, append([]int{i}, inner...))
		}
		value := field.Type
		if value.Kind() == reflect.Pointer {
			value = value.Elem()
		}
		if value.Kind() == reflect.String && slices.Contains(textMembers, memberName(field)) {
			paths = append(paths, []int{i})
		}
	}
	return paths
}

func memberName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if name == "" {
		name = field.Tag.Get("query")
	}
	return name
}

// composeText converts the given fields of the request that in points to into form NFC.
func composeText(in any, fields [][]int) {
	request := reflect.ValueOf(in).Elem()
	for _, path := range fields {
		field := request.FieldByIndex(path)
		if field.Kind() == reflect.Pointer {
			if field.IsNil() {
				continue
			}
			field = field.Elem()
		}
		field.SetString(norm.NFC.String(field.String()))
	}
}
