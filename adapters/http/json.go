package http

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"
)

// strictJSON is the only format of the API.
var strictJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		if err := checkJSON(data); err != nil {
			return err
		}
		if json.Unmarshal(data, v) != nil {
			return errUnfit // the cause contains what was sent
		}
		return nil
	},
}

// maxDepth is how deeply a body may be nested.
const maxDepth = 32

var (
	errNotJSON = errors.New("must be one JSON value in valid UTF-8, without repeated members")
	errTooDeep = errors.New("must not be nested deeper than 32 levels")
	errUnfit   = errors.New("must contain only values in range, for example numbers of at most 1e308")
	errNUL     = errors.New("must not contain NUL characters")
)

// checkJSON refuses what lenient parsers accept (RFC 8259 §4, §8): repeated member names, invalid
// UTF-8, lone surrogates and data after the value. It also refuses NUL, which the database cannot store.
func checkJSON(data []byte) error {
	decoder := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		token, err := decoder.ReadToken()
		switch {
		case errors.Is(err, io.EOF) && decoder.InputOffset() > 0:
			return nil
		case err != nil:
			return errNotJSON
		case decoder.StackDepth() > maxDepth:
			return errTooDeep
		case token.Kind() == '"' && strings.ContainsRune(token.String(), 0):
			return errNUL
		}
		if decoder.StackDepth() == 0 && decoder.PeekKind() != 0 {
			return errNotJSON // a second value follows
		}
	}
}
