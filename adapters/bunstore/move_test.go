package bunstore

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
)

func TestEqualJSONHasOnePlainForm(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string]string{
		`{}`:                          `{}`,
		`[]`:                          `[]`,
		`{"b": 1, "a": [true, null]}`: `{"a":[true,null],"b":1}`,
		`{"b":1,"a":[true,null]}`:     `{"a":[true,null],"b":1}`,
		`"\u003cx\u003e"`:             `"\u003cx\u003e"`,
		`"<x>"`:                       `"\u003cx\u003e"`,
		`9007199254740993`:            `9007199254740993`, // more than a float64 holds
		`1e2`:                         `100`,
		`1.50`:                        `1.5`,
		`"ä😀"`:                        `"ä😀"`,
	} {
		plain, err := plainJSON(nil, []byte(stored))
		require.NoError(t, err, stored)
		require.Equal(t, want, string(plain), stored)
	}
	for stored, want := range map[string]error{`{"a":`: errNoJSON, `1 2`: errNoJSON, `"\u0000"`: errNulText, `{"\u0000":1}`: errNulText} {
		_, err := plainJSON(nil, []byte(stored))
		require.ErrorIs(t, err, want, stored)
	}
}

func TestTimesAreReadInEveryFormThatIsStored(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string]string{
		"2026-11-30 20:00:00+00:00":        "2026-11-30 20:00:00+00",
		"2026-11-30 20:00:00.12+00:00":     "2026-11-30 20:00:00.12+00",
		"2026-11-30 20:00:00.345000+00:00": "2026-11-30 20:00:00.345+00",
		"2026-11-30 20:00:00.345":          "2026-11-30 20:00:00.345+00",
		"2026-11-30 20:00:00":              "2026-11-30 20:00:00+00",
		"2026-11-30 21:30:00.5+01:30":      "2026-11-30 20:00:00.5+00",
	} {
		value, err := sqliteValue(port.ValueTime, stored, nil)
		require.NoError(t, err, stored)
		require.Equal(t, want, string(value), stored)
	}
	for _, stored := range []string{"", "yesterday", "2026-11-30", "2026-11-30 20:00:00.1234567", "20:00"} {
		_, err := sqliteValue(port.ValueTime, stored, nil)
		require.Error(t, err, stored)
	}
}

func TestTimesAreStoredAsTheirWritersStoreThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ column, value, want string }{
		{"text", "2026-11-30 20:00:00.12+00", "2026-11-30 20:00:00.12+00:00"},
		{"text", "2026-11-30 20:00:00+00", "2026-11-30 20:00:00+00:00"},
		{"timestamp", "2026-11-30 20:00:00.12+00", "2026-11-30 20:00:00.120"},
		{"timestamp", "2026-11-30 20:00:00.123456+00", "2026-11-30 20:00:00.123456"},
	} {
		stored, err := sqliteStores(port.ValueTime, c.column, []byte(c.value))
		require.NoError(t, err)
		require.Equal(t, c.want, stored)
		value, err := sqliteValue(port.ValueTime, stored, nil)
		require.NoError(t, err)
		require.Equal(t, c.value, string(value), "nothing is lost")
	}
}

func TestValuesOfEveryKindSurviveSQLite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind  port.ValueKind
		value string
	}{
		{port.ValueText, ""}, {port.ValueText, "a\tb\\N\x00"}, {port.ValueUUID, "0190a8f0-0000-7000-8000-000000000001"},
		{port.ValueInteger, "-9223372036854775808"}, {port.ValueBoolean, "t"}, {port.ValueBoolean, "f"}, {port.ValueJSON, `{"a":1}`},
		{port.ValueBytes, `\x`}, {port.ValueBytes, `\x00ff`}, {port.ValueBits, "213"}, {port.ValueList, `["a","b"]`},
		{port.ValueStored, "i5"}, {port.ValueStored, "t"}, {port.ValueStored, "b\x00"}, {port.ValueStored, "f1.5"},
	} {
		stored, err := sqliteStores(c.kind, "", []byte(c.value))
		require.NoError(t, err, c)
		value, err := sqliteValue(c.kind, stored, nil)
		require.NoError(t, err, c)
		require.Equal(t, c.value, string(value), c)
	}
	null, err := sqliteStores(port.ValueText, "", nil)
	require.NoError(t, err)
	require.Nil(t, null)
	upper, err := sqliteValue(port.ValueUUID, "0190A8F0-0000-7000-8000-00000000000A", nil)
	require.NoError(t, err)
	require.Equal(t, "0190a8f0-0000-7000-8000-00000000000a", string(upper))
}

func TestAValueThatPostgreSQLCannotStoreIsNamedAndNotShown(t *testing.T) {
	t.Parallel()
	table := port.MoveTable{Name: "users", Columns: []port.MoveColumn{
		{Name: "org_id", Kind: port.ValueUUID}, {Name: "id", Kind: port.ValueUUID}, {Name: "name", Kind: port.ValueText},
	}}
	for text, want := range map[string]error{"secret\x00": errNulText, "secret\xff": errNoUTF8} {
		_, err := appendLine(nil, table, port.MoveRow{[]byte("1"), []byte("2"), []byte(text)}, nil)
		require.ErrorIs(t, err, want)
		require.ErrorContains(t, err, "users.name of the row with org_id 1, id 2 cannot be moved")
		require.NotContains(t, err.Error(), "secret")
	}
}

// FuzzCopyText writes a row in the text format of COPY and reads it back, in chunks of every size.
func FuzzCopyText(f *testing.F) {
	f.Add("plain", "tab\tand\nnewline\r", uint8(3))
	f.Add(`\N`, `back\slash\\`, uint8(1))
	f.Add("", "\b\f\v", uint8(7))
	table := port.MoveTable{Name: "t", Columns: []port.MoveColumn{
		{Name: "a", Kind: port.ValueText}, {Name: "b", Kind: port.ValueText}, {Name: "c", Kind: port.ValueText},
	}}
	f.Fuzz(func(t *testing.T, a, b string, size uint8) {
		row := port.MoveRow{[]byte(a), nil, []byte(b)}
		line, err := appendLine(nil, table, row, nil)
		if checkText([]byte(a)) != nil || checkText([]byte(b)) != nil {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		var got [][]string
		w := &rowWriter{table: table, each: func(read port.MoveRow) error {
			require.Nil(t, read[1])
			got = append(got, []string{string(read[0]), string(read[2])})
			return nil
		}}
		for text := append(line, line...); len(text) > 0; {
			n := min(len(text), int(size)+1)
			_, err := w.Write(text[:n])
			require.NoError(t, err)
			text = text[n:]
		}
		require.Equal(t, [][]string{{a, b}, {a, b}}, got)
	})
}

// FuzzPlainJSON requires that the plain form is JSON of the same meaning, and its own plain form.
func FuzzPlainJSON(f *testing.F) {
	for _, seed := range []string{`{"b":1,"a":{"c":[1,2.50,"x"]}}`, `[]`, `"\ud83d\ude00"`, strings.Repeat("[", 50)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := plainJSON(nil, []byte(text))
		if err != nil {
			return
		}
		require.True(t, json.Valid(plain), "%q", plain)
		again, err := plainJSON(nil, plain)
		require.NoError(t, err)
		require.Equal(t, string(plain), string(again))
	})
}

func TestListsBecomeArrays(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		`[]`:                    `{}`,
		`["a","b c","d\"e\\"]`:  `{"a","b c","d\"e\\"}`,
		`[{"a":"x"},{"b":[1]}]`: `{"{\"a\":\"x\"}","{\"b\":[1]}"}`,
		`["NULL",""]`:           `{"NULL",""}`,
	} {
		literal, err := arrayLiteral([]byte(list))
		require.NoError(t, err, list)
		require.Equal(t, want, string(literal), list)
	}
	_, err := arrayLiteral([]byte(`{"a":1}`))
	require.Error(t, err)
}

func TestARowThatIsRefusedEndsTheReading(t *testing.T) {
	t.Parallel()
	refused := errors.New("no")
	w := &rowWriter{
		table: port.MoveTable{Name: "t", Columns: []port.MoveColumn{{Name: "a", Kind: port.ValueText}}},
		each:  func(port.MoveRow) error { return refused },
	}
	_, err := w.Write([]byte("x\n"))
	require.ErrorIs(t, err, refused)
}
