package webauthn

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sole-platform/sole/domain"
)

// malformed returns the error for an answer that does not have the form of one. The fault must not contain values
// from the client.
func malformed(fault string) error {
	return domain.Invalid("credential", "must be what PublicKeyCredential.toJSON() returns: "+fault)
}

// members reads the members of a JSON object. It keeps the first fault, so that a caller can read all members and
// then look for it.
type members struct {
	path   string // of the object, with a trailing dot
	values map[string]jsontext.Value
	fault  error
}

// readMembers refuses whatever two JSON parsers could understand differently: member names that are repeated, at any
// depth, invalid UTF-8, and text after the object. Letter case counts.
func readMembers(text []byte, path string) *members {
	m := &members{path: path, values: map[string]jsontext.Value{}}
	decoder := jsontext.NewDecoder(bytes.NewReader(text))
	start, err := decoder.ReadToken()
	if err != nil || start.Kind() != '{' {
		m.fail("", "is not a JSON object")
		return m
	}
	for decoder.PeekKind() == '"' {
		key, value, err := readMember(decoder)
		if err != nil {
			m.fail("", "is not valid JSON, or repeats a member")
			return m
		}
		m.values[key] = value
	}
	_, err = decoder.ReadToken()
	if _, after := decoder.ReadToken(); err != nil || !errors.Is(after, io.EOF) {
		m.fail("", "is not one valid JSON object")
	}
	return m
}

func readMember(decoder *jsontext.Decoder) (string, jsontext.Value, error) {
	token, err := decoder.ReadToken()
	if err != nil {
		return "", nil, err
	}
	name := token.String()
	value, err := decoder.ReadValue()
	return name, value.Clone(), err
}

func (m *members) fail(name, fault string) {
	if m.fault == nil {
		m.fault = malformed(strings.TrimSuffix(m.path+name, ".") + " " + fault)
	}
}

// value returns the value of a member, nil if it is absent or null.
func (m *members) value(name string) jsontext.Value {
	if value := m.values[name]; value.Kind() != 'n' {
		return value
	}
	return nil
}

// text returns a string member, and whether it is there.
func (m *members) text(name string) (text string, found bool) {
	value := m.value(name)
	if value == nil {
		return "", false
	}
	if json.Unmarshal(value, &text) != nil {
		m.fail(name, "is not a string")
	}
	return text, true
}

// flag returns a boolean member; an absent one is false.
func (m *members) flag(name string) bool {
	value := m.value(name)
	if kind := value.Kind(); value != nil && kind != 't' && kind != 'f' {
		m.fail(name, "is not a boolean")
	}
	return value.Kind() == 't'
}

// bytes returns a base64url member of 1 to limit bytes. An absent one is a fault.
func (m *members) bytes(name string, limit int) []byte {
	decoded := m.optionalBytes(name, limit)
	if len(decoded) == 0 {
		m.fail(name, "is missing")
	}
	return decoded
}

// optionalBytes returns a base64url member of at most limit bytes, nil if it is absent.
func (m *members) optionalBytes(name string, limit int) []byte {
	text, _ := m.text(name)
	if len(text) > encoding.EncodedLen(limit) {
		m.fail(name, "is too long")
		return nil
	}
	decoded, err := encoding.DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") { // which the decoder skips
		m.fail(name, "is not base64url without padding")
	}
	return decoded
}

const (
	maxTransports = 16
	maxTransport  = 32 // bytes
)

// transports returns the names of transports, sorted and without repetition. Names that are not known yet are kept, as
// section 5.2.1 asks.
func (m *members) transports() []string {
	value := m.value("transports")
	if value == nil {
		return nil
	}
	var list []string
	if json.Unmarshal(value, &list) != nil || len(list) > maxTransports || slices.ContainsFunc(list, isNoTransport) {
		m.fail("transports", "is not a list of names of transports")
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func isNoTransport(name string) bool {
	return name == "" || len(name) > maxTransport || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != ""
}
