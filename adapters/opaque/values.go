package opaque

import (
	"encoding/binary"
	"reflect"
	"time"
)

// appendValue appends the value of the pointer: a bool, a number, a text, a list of texts or an instant
// in microseconds. It panics on anything else.
func appendValue(to []byte, pointer any) []byte {
	value := reflect.ValueOf(pointer).Elem()
	if at, ok := value.Interface().(time.Time); ok {
		if at.IsZero() {
			return append(to, 0)
		}
		return binary.AppendVarint(append(to, 1), at.UnixMicro())
	}
	switch value.Kind() { //nolint:exhaustive // a decision contains no others
	case reflect.Bool:
		return binary.AppendVarint(to, map[bool]int64{true: 1}[value.Bool()])
	case reflect.Int, reflect.Int64:
		return binary.AppendVarint(to, value.Int())
	case reflect.String:
		return append(binary.AppendUvarint(to, uint64(value.Len())), value.String()...)
	case reflect.Slice:
		to = binary.AppendUvarint(to, uint64(value.Len()))
		for i := range value.Len() {
			to = appendValue(to, value.Index(i).Addr().Interface())
		}
		return to
	}
	panic("opaque: a value of an unknown kind: " + value.Type().String())
}

// readValue reads into pointer a value that appendValue wrote, and returns the rest.
func readValue(from []byte, pointer any) (rest []byte, ok bool) {
	value := reflect.ValueOf(pointer).Elem()
	if value.Type() == reflect.TypeFor[time.Time]() {
		return readTime(from, value)
	}
	switch value.Kind() {
	case reflect.Bool:
		number, rest, ok := readNumber(from)
		value.SetBool(number == 1)
		return rest, ok
	case reflect.Int, reflect.Int64:
		number, rest, ok := readNumber(from)
		value.SetInt(number)
		return rest, ok
	case reflect.String:
		length, rest, ok := readLength(from)
		if ok {
			value.SetString(string(rest[:length]))
			rest = rest[length:]
		}
		return rest, ok
	default:
		return readList(from, value)
	}
}

func readTime(from []byte, value reflect.Value) ([]byte, bool) {
	if len(from) == 0 || from[0] > 1 {
		return nil, false
	}
	if from[0] == 0 {
		return from[1:], true
	}
	micros, rest, ok := readNumber(from[1:])
	value.Set(reflect.ValueOf(time.UnixMicro(micros).UTC()))
	return rest, ok
}

func readNumber(from []byte) (int64, []byte, bool) {
	number, size := binary.Varint(from)
	return number, from[max(0, size):], size > 0
}

// readLength reads the length of the value that follows.
func readLength(from []byte) (int, []byte, bool) {
	length, size := binary.Uvarint(from)
	if size <= 0 || length > uint64(len(from)-size) {
		return 0, nil, false
	}
	return int(length), from[size:], true
}

func readList(from []byte, value reflect.Value) ([]byte, bool) {
	length, rest, ok := readLength(from)
	for range length {
		element := reflect.New(value.Type().Elem())
		if rest, ok = readValue(rest, element.Interface()); !ok {
			return nil, false
		}
		value.Set(reflect.Append(value, element.Elem()))
	}
	return rest, ok
}
