package http

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		`{}`: nil, `[]`: nil, `"x"`: nil, `1`: nil, ` {"a" : [1, 2.5e3, true, null, "\n\u00e9\ud83d\ude00"]} ` + "\n": nil,
		`{"a":{"a":1},"b":{"a":1}}`: nil, `{"A":1,"a":2}`: nil,
		strings.Repeat("[", 32) + strings.Repeat("]", 32): nil,
		strings.Repeat("[", 33) + strings.Repeat("]", 33): errTooDeep,
		strings.Repeat(`{"a":`, 33) + "1":                 errTooDeep,
		"":                                                errNotJSON, "  ": errNotJSON, "{": errNotJSON, "}": errNotJSON, `{"a"}`: errNotJSON,
		`{"a":}`: errNotJSON, `{"a":1,}`: errNotJSON, `[1,]`: errNotJSON, `{a:1}`: errNotJSON, `{'a':1}`: errNotJSON,
		`{} {}`: errNotJSON, `{}{}`: errNotJSON, `{}x`: errNotJSON, `1 2`: errNotJSON, `[]]`: errNotJSON, `nul`: errNotJSON, `NaN`: errNotJSON,
		`01`: errNotJSON, `+1`: errNotJSON, `.5`: errNotJSON, `0x1`: errNotJSON,
		`{"a":1,"a":2}`: errNotJSON, `{"a":1,"\u0061":2}`: errNotJSON, `{"x":{"a":1,"a":1}}`: errNotJSON, `[{"a":1,"a":1}]`: errNotJSON,
		"\"\xff\"": errNotJSON, "\"\xc0\x80\"": errNotJSON, "\"\xed\xa0\x80\"": errNotJSON, "{\"\xff\":1}": errNotJSON, `"\ud800"`: errNotJSON,
		`"\udc00\ud800"`: errNotJSON, `"\x"`: errNotJSON, "\"\n\"": errNotJSON, "\"\x00\"": errNotJSON,
		"\xef\xbb\xbf{}": errNotJSON, "\x00": errNotJSON, "{}\x00": errNotJSON, `/**/{}`: errNotJSON,
		`"\u0000"`: errNUL, `{"a":"x\u0000y"}`: errNUL, `{"\u0000":1}`: errNUL,
	} {
		require.Equal(t, want, checkJSON([]byte(text)), "%.80q", text)
	}
}

// FuzzCheckJSON: what is accepted is JSON to the standard library too, in valid UTF-8 and free of NUL.
func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"x\u0000"]}`, `{"a":1,"a":2}`, "[[[]]]", "\"\xff\"", `"\ud83d\ude00"`, "{} {}", "", " ", "1e999"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if checkJSON(data) != nil {
			return
		}
		require.True(t, json.Valid(data), "%q", data)
		require.True(t, utf8.Valid(data), "%q", data)
		var value any
		if json.Unmarshal(data, &value) == nil {
			text, err := json.Marshal(value)
			require.NoError(t, err)
			require.NotContains(t, string(text), `\u0000`)
			require.NotContains(t, string(text), "\ufffd\ufffd", "%q", data)
		}
	})
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	require.Equal(t, "ab[31mc", printable("a\x00b\x1b[31m\r\nc\x7f", 100))
	require.Equal(t, "üñ", printable("üñïcode", 2))
	require.Equal(t, "ab", printable("a\xffb", 10))
	require.Empty(t, printable("", 10))
}
