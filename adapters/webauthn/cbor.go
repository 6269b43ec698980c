package webauthn

import (
	"errors"

	"github.com/fxamacker/cbor/v2"
)

// The options of both decoders: the CTAP2 canonical form as far as it matters. Repeated keys, tags and indefinite
// lengths are refused; so are names that differ in letter case.
var cborOptions = cbor.DecOptions{
	DupMapKey:         cbor.DupMapKeyEnforcedAPF,
	IndefLength:       cbor.IndefLengthForbidden,
	TagsMd:            cbor.TagsForbidden,
	FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
}

// lenient ignores unknown members of structs and strict refuses them.
var lenient, strict = decoders()

func decoders() (lenient, strict cbor.DecMode) {
	options := cborOptions
	lenient, _ = options.DecMode() // fails for options out of range only
	options.ExtraReturnErrors = cbor.ExtraDecErrorUnknownField
	strict, _ = options.DecMode()
	return lenient, strict
}

// cutMap splits data after the CBOR map at its beginning.
func cutMap(data []byte) (first, rest []byte, err error) {
	if !isCBOR(data, majorMap) {
		return nil, nil, errors.New("not a CBOR map")
	}
	var members map[any]any // decoded to find repeated keys
	rest, err = lenient.UnmarshalFirst(data, &members)
	return data[:len(data)-len(rest)], rest, err
}

// The major types of CBOR, RFC 8949, section 3.1.
const (
	majorArray = 4
	majorMap   = 5
)

func isCBOR(data []byte, major byte) bool { return len(data) > 0 && data[0]>>5 == major }

// parseAttestationObject returns the authenticator data of an attestation object (section 6.5).
func parseAttestationObject(object []byte) ([]byte, error) {
	var parts struct {
		Format    string          `cbor:"fmt"`
		Statement cbor.RawMessage `cbor:"attStmt"`
		Data      cbor.ByteString `cbor:"authData"`
	}
	if err := lenient.Unmarshal(object, &parts); err != nil {
		return nil, malformed("response.attestationObject is not canonical CBOR with the members fmt, attStmt and authData")
	}
	var statement any // decoded to find repeated keys
	if err := lenient.Unmarshal(parts.Statement, &statement); err != nil || !isStatement(parts.Format, parts.Statement) {
		return nil, malformed("response.attestationObject has no attestation statement of its format")
	}
	return []byte(parts.Data), nil
}

// isStatement reports whether a statement has the form of its format: a map, which is empty if the format is none
// (section 8.7), or a list of statements (section 8.9).
func isStatement(format string, statement []byte) bool {
	switch format {
	case "":
		return false
	case "none":
		return string(statement) == "\xa0"
	case "compound":
		return isCBOR(statement, majorArray)
	default:
		return isCBOR(statement, majorMap)
	}
}
