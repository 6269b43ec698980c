package orgfile

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
)

func files(t testing.TB, secrets ...string) Files {
	t.Helper()
	made, err := New(secrets...)
	require.NoError(t, err)
	return made
}

// written returns a file with rows, encrypted to the first key.
func written(t *testing.T, f Files, rows int) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "org")
	w, err := f.Create(path, f.PublicKeys()[0])
	require.NoError(t, err)
	for i := range rows {
		require.NoError(t, w.Write("accounts", port.OrgRow{"id": fmt.Sprint(i), "on": true, "n": int64(i), "none": nil, "list": []any{"x"}}))
	}
	_, err = os.Stat(path)
	require.ErrorIs(t, err, os.ErrNotExist, "it appears only when it is complete")
	require.NoError(t, w.Keep())
	require.NoError(t, w.Discard())
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	require.NoError(t, err)
	require.Empty(t, left)
	return content
}

// readAll reads every row.
func readAll(f Files, content []byte) (rows []port.OrgFileRow, err error) {
	r, err := f.read(bytes.NewReader(content))
	for err == nil {
		var row port.OrgFileRow
		if row, err = r.Next(); err == nil {
			rows = append(rows, row)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return rows, err
}

func TestAFileIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	f := files(t, "one secret")
	content := written(t, f, 3)
	rows, err := readAll(f, content)
	require.NoError(t, err)
	require.Len(t, rows, 3)
	require.Equal(t, port.OrgFileRow{
		Section: "accounts", Number: 3, Values: map[string]any{"id": "2", "on": true, "n": int64(2), "none": nil, "list": []any{"x"}},
	}, rows[2])
	require.NotContains(t, string(content), "accounts")

	later := files(t, "another secret", "one secret")
	require.NotEqual(t, f.PublicKeys()[0], later.PublicKeys()[0])
	_, err = readAll(later, content)
	require.NoError(t, err, "a key of an earlier secret still opens it")
	_, err = readAll(files(t, "another secret"), content)
	require.ErrorIs(t, err, port.ErrNotForUs)
}

func TestAnExistingFileIsNotReplaced(t *testing.T) {
	t.Parallel()
	f, path := files(t, "one secret"), filepath.Join(t.TempDir(), "org")
	w, err := f.Create(path, f.PublicKeys()[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
	require.ErrorContains(t, w.Keep(), "exists already")
	_, err = f.Create(path, f.PublicKeys()[0])
	require.ErrorContains(t, err, "exists already")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "mine", string(text))
}

func TestAFileThatWasChangedAnywhereIsRefused(t *testing.T) {
	t.Parallel()
	f := files(t, "one secret")
	content := written(t, f, 1_200) // several chunks of age
	for at := 0; at < len(content); at += 1 + len(content)/80 {
		changed := bytes.Clone(content)
		changed[at] ^= 1
		_, err := readAll(f, changed)
		require.Error(t, err, "byte %d", at)
		_, err = readAll(f, content[:at])
		require.Error(t, err, "cut off at %d", at)
	}
	_, err := readAll(f, append(bytes.Clone(content), 'x'))
	require.Error(t, err)
}

func TestAFileInAnotherFormSaysWhatToDo(t *testing.T) {
	t.Parallel()
	f := files(t, "one secret")
	content := written(t, f, 1)
	for says, changed := range map[string][]byte{
		"base64 -d":               []byte(base64.StdEncoding.EncodeToString(content)),
		"line ends":               bytes.ReplaceAll(content, []byte("\n"), []byte("\r\n")),
		"decompress":              append([]byte("\x1f\x8b"), content...),
		"is no export of an org":  []byte("id,email\n"),
		"no export of an org: ":   {},
		"beginning of the file w": []byte("age-encryption.org/v1\n-> X25519 x\n"),
	} {
		_, err := readAll(f, changed)
		require.ErrorContains(t, err, says)
	}
}

// encrypted returns text encrypted to the first key, as somebody with the public key can make it.
func encrypted(t testing.TB, f Files, text io.Reader) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := age.Encrypt(&out, f.identities[0].Recipient())
	require.NoError(t, err)
	_, err = io.Copy(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func TestHostileRowsAreRefusedByTheirPlace(t *testing.T) {
	t.Parallel()
	f := files(t, "one secret")
	const good = `{"section":"accounts","row":{}}` + "\n"
	long := io.MultiReader(strings.NewReader(good), io.LimitReader(endless{}, 4<<20))
	for name, c := range map[string]struct {
		text io.Reader
		says string
	}{
		"a long line":      {long, `section "accounts", row 2: it is longer than`},
		"not an object":    {strings.NewReader(good + "[]\n"), `section "accounts", row 2`},
		"without a row":    {strings.NewReader(`{"section":"accounts"}` + "\n"), "row 1"},
		"an extra member":  {strings.NewReader(`{"section":"a","row":{},"x":1}` + "\n"), "row 1"},
		"a repeated field": {strings.NewReader(`{"section":"a","row":{"x":1,"x":2}}` + "\n"), "row 1"},
		"a fraction":       {strings.NewReader(`{"section":"a","row":{"x":1.5}}` + "\n"), `field "x": must be a whole number`},
		"no line break":    {strings.NewReader(strings.TrimSpace(good)), "incomplete"},
		"deep":             {strings.NewReader(`{"section":"a","row":{"x":` + strings.Repeat("[", 200_000) + "\n"), "row 1"},
		"not UTF-8":        {strings.NewReader("{\"section\":\"a\",\"row\":{\"x\":\"\xff\"}}\n"), "row 1"},
	} {
		_, err := readAll(f, encrypted(t, f, c.text))
		require.ErrorContains(t, err, c.says, name)
	}
}

type endless struct{}

func (endless) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = 'x'
	}
	return len(into), nil
}

func TestAFingerprintIsOfAKeyOnly(t *testing.T) {
	t.Parallel()
	f := files(t, "one secret")
	one, err := f.Fingerprint(f.PublicKeys()[0])
	require.NoError(t, err)
	require.Len(t, one, 16)
	other, err := f.Fingerprint(files(t, "another secret").PublicKeys()[0])
	require.NoError(t, err)
	require.NotEqual(t, one, other)
	for _, text := range []string{"", "age1", "AGE-SECRET-KEY-1", f.identities[0].String()} {
		_, err := f.Fingerprint(text)
		require.ErrorContains(t, err, "sole org receive-key")
		require.NotContains(t, err.Error(), "SECRET-KEY")
	}
	_, err = New()
	require.Error(t, err)
}

func FuzzRows(f *testing.F) {
	made := files(f, "one secret")
	f.Add([]byte(`{"section":"accounts","row":{"a":[1,{"b":null}],"c":"x"}}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, err := readAll(made, encrypted(t, made, bytes.NewReader(text)))
		if err == nil && bytes.Count(text, []byte("\n")) != len(rows) {
			t.Fatalf("%d rows of %q", len(rows), text)
		}
	})
}
