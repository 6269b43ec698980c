package http

import (
	"reflect"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// textMembers are the members of requests that hold text for people, in whatever route: names
// are kept in Unicode's form NFC and looked for in it, so that "é" as one character and "e"
// with a combining accent, which macOS sends, are the same name. Tokens, codes and passwords
// are not among them: a token is taken to the letter, and passwords are normalised where they
// are hashed.
var textMembers = []string{"name", "full_name", "description", "q"}

// textFields finds the string fields of a request type that hold text for people.
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

// composeText brings the fields of a request, which in points to, into form NFC.
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
