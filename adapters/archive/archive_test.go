package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

var (
	key   = Key{1}
	other = Key{2}
	files = map[string]string{
		"database/sole.db":       strings.Repeat("rows ", 100_000),
		"uploads/a/b/portrait":   "\x89PNG",
		"uploads/a/empty":        "",
		"uploads/a/schöner name": "ü",
	}
	said = Manifest{
		Version:   "1.2.3",
		CreatedAt: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Schema:    8,
		SecretKey: "0a1b2c3d",
		SignedBy:  "kid",
		Rows:      map[string]int64{"users": 3},
	}
)

func fill(t *testing.T, folder string, content map[string]string) {
	t.Helper()
	for name, text := range content {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
}

// create archives the files and gives the path of the archive.
func create(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.tar.gz")
	_, err := Create(t.Context(), path, key, func(folder string) (Manifest, error) {
		fill(t, folder, files)
		return said, nil
	})
	require.NoError(t, err)
	return path
}

func open(t *testing.T, path string, keys ...Key) (Manifest, map[string]string, error) {
	t.Helper()
	folder := t.TempDir()
	m, err := Unpack(t.Context(), path, keys, func(first string) (string, error) {
		return filepath.Join(folder, first), os.MkdirAll(filepath.Join(folder, first), 0o700)
	})
	return m, harness.PrivateFiles(t, folder), err
}

func TestUnpackedFilesEqualThePackedOnes(t *testing.T) {
	path := create(t)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is left of the making")

	m, content, err := open(t, path, other, key)
	require.NoError(t, err)
	require.Equal(t, files, content)
	require.Len(t, m.Files, len(files))
	require.EqualValues(t, 500_000+4+2, m.Size())
	m.Files, m.Format = nil, 0
	require.Equal(t, said, m)
}

func TestNothingIsOverwritten(t *testing.T) {
	path := create(t)
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	never := func(string) (Manifest, error) {
		t.Error("it was begun")
		return said, nil
	}
	_, err = Create(t.Context(), path, key, never)
	require.ErrorContains(t, err, "exists already")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)

	require.NoError(t, os.Mkdir(path+"2.part", 0o700))
	_, err = Create(t.Context(), path+"2", key, never)
	require.ErrorContains(t, err, "another backup is being written")
	require.DirExists(t, path+"2.part")

	_, err = Create(t.Context(), path+"3", key, func(string) (Manifest, error) {
		return said, os.WriteFile(path+"3", []byte("somebody else's"), 0o600)
	})
	require.ErrorContains(t, err, "exists already", "also if it was created while the backup was written")
}

func TestAFailedBackupLeavesNoFiles(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a")
	ctx, cancel := context.WithCancel(t.Context())
	for _, failing := range []func(string) (Manifest, error){
		func(string) (Manifest, error) { return said, errors.New("no") },
		func(folder string) (Manifest, error) {
			return said, os.Symlink("/etc/passwd", filepath.Join(folder, "link"))
		},
		func(folder string) (Manifest, error) {
			return said, os.WriteFile(filepath.Join(folder, "top"), nil, 0o600)
		},
		func(folder string) (Manifest, error) {
			fill(t, folder, files)
			cancel()
			return said, nil
		},
	} {
		_, err := Create(ctx, path, key, failing)
		require.Error(t, err)
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		require.Empty(t, entries)
	}
}

func TestADamagedArchiveIsRefused(t *testing.T) {
	path := create(t)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	refused := func(what string, text []byte) {
		t.Helper()
		require.NoError(t, os.WriteFile(path, text, 0o600))
		_, _, err := open(t, path, key)
		require.Error(t, err, what)
		require.True(t, errors.Is(err, ErrIncomplete) || errors.Is(err, ErrForeign) || errors.Is(err, ErrUnproven), "%s: %v", what, err)
	}
	step := max(1, len(whole)/97)
	for n := 0; n < len(whole); n += step {
		refused(fmt.Sprint("cut off at ", n), whole[:n])
	}
	refused("without its last byte", whole[:len(whole)-1])
	refused("with something appended", append(bytes.Clone(whole), "x"...))
	refused("twice", append(bytes.Clone(whole), whole...))
	for at := 10; at < len(whole); at++ { // before that stand the time and the system, which mean nothing
		if at%step == 0 || at < 200 || at > len(whole)-8 {
			flipped := bytes.Clone(whole)
			flipped[at] ^= 0x10
			if same(t, whole, flipped) {
				continue // deflate has a few bits that mean nothing
			}
			refused(fmt.Sprint("with a bit flipped at ", at), flipped)
		}
	}
}

// same tells whether two archives hold the same once they are unzipped.
func same(t *testing.T, a, b []byte) bool {
	t.Helper()
	var texts [2]string
	for i, zipped := range [][]byte{a, b} {
		reader, err := gzip.NewReader(bytes.NewReader(zipped))
		if err != nil {
			return false
		}
		text, err := io.ReadAll(reader)
		if err != nil {
			return false
		}
		texts[i] = string(text)
	}
	return texts[0] == texts[1]
}

// entry is a member of an archive that somebody made by hand.
type entry struct {
	tar.Header
	text string
}

func file(name, text string) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(text)), Mode: 0o600}, text}
}

func byHand(t *testing.T, entries ...entry) string {
	t.Helper()
	var buffer bytes.Buffer
	zipped := gzip.NewWriter(&buffer)
	writer := tar.NewWriter(zipped)
	for _, e := range entries {
		require.NoError(t, writer.WriteHeader(&e.Header))
		_, err := writer.Write([]byte(e.text))
		require.NoError(t, err)
	}
	_ = writer.Flush() // and not Close: a header may promise more than there is
	require.NoError(t, zipped.Close())
	path := filepath.Join(t.TempDir(), "by-hand")
	require.NoError(t, os.WriteFile(path, buffer.Bytes(), 0o600))
	return path
}

// manifest is the manifest and its proof, by whoever has the key.
func manifest(t *testing.T, key Key, m Manifest) []entry {
	t.Helper()
	text, err := json.Marshal(m)
	require.NoError(t, err)
	return []entry{file(manifestName, string(text)), file(proofName, key.prove(text))}
}

func listing(files ...File) Manifest { return Manifest{Format: format, Files: files} }

const sumOfX = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

func TestAValidHandmadeArchiveIsUnpacked(t *testing.T) {
	path := byHand(t, append(manifest(t, key, listing(File{Name: "database/x", Size: 1, SHA256: sumOfX})), file("database/x", "x"))...)
	_, content, err := open(t, path, key)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"database/x": "x"}, content)
}

func TestAnArchiveWithoutTheKeyIsRefused(t *testing.T) {
	m := listing(File{Name: "database/x", Size: 1, SHA256: sumOfX})
	m.SecretKey = "0a1b2c3d"
	for name, entries := range map[string][]entry{
		"another key":      append(manifest(t, other, m), file("database/x", "x")),
		"no proof":         {manifest(t, key, m)[0], file("database/x", "x")},
		"an empty proof":   {manifest(t, key, m)[0], file(proofName, ""), file("database/x", "x")},
		"another manifest": {manifest(t, key, listing())[0], manifest(t, key, m)[1], file("database/x", "x")},
	} {
		_, content, err := open(t, byHand(t, entries...), key)
		require.Error(t, err, name)
		require.Empty(t, content, name)
	}
	got, _, err := open(t, byHand(t, manifest(t, other, m)...), key)
	require.ErrorIs(t, err, ErrUnproven)
	require.Equal(t, "0a1b2c3d", got.SecretKey, "it says which key it wants")
}

// TestMaliciousArchivesAreRefused plays them with the key in hand: the proof is right each time.
func TestMaliciousArchivesAreRefused(t *testing.T) {
	x := file("database/x", "x")
	link := entry{tar.Header{Typeflag: tar.TypeSymlink, Name: "database/x", Linkname: "/etc/passwd"}, ""}
	hard := entry{tar.Header{Typeflag: tar.TypeLink, Name: "database/x", Linkname: "/etc/passwd"}, ""}
	folder := entry{tar.Header{Typeflag: tar.TypeDir, Name: "database/x"}, ""}
	one := listing(File{Name: "database/x", Size: 1, SHA256: sumOfX})
	tricks := map[string][]entry{
		"a link":              append(manifest(t, key, one), link),
		"a hard link":         append(manifest(t, key, one), hard),
		"a folder":            append(manifest(t, key, one), folder),
		"a link before it":    append(manifest(t, key, one), link, x),
		"more than is listed": append(manifest(t, key, one), x, file("database/y", "y")),
		"less than is listed": manifest(t, key, one),
		"another order": append(
			manifest(t, key, listing(File{Name: "database/x", Size: 1, SHA256: sumOfX}, File{Name: "database/y", Size: 1, SHA256: sumOfX})),
			file("database/y", "x"),
			x,
		),
		"a longer file":  append(manifest(t, key, one), file("database/x", "xx")),
		"a shorter file": append(manifest(t, key, one), file("database/x", "")),
		"another file":   append(manifest(t, key, one), file("database/x", "y")),
		"twice the same": append(
			manifest(t, key, listing(File{Name: "database/x", Size: 1, SHA256: sumOfX}, File{Name: "database/x", Size: 1, SHA256: sumOfX})),
			x,
			x,
		),
		"a huge file": append(
			manifest(t, key, one),
			entry{tar.Header{Typeflag: tar.TypeReg, Name: "database/x", Size: 1 << 40}, "x"},
		),
		"a huge file that is listed": append(
			manifest(t, key, listing(File{Name: "database/x", Size: 1 << 40, SHA256: sumOfX})),
			entry{tar.Header{Typeflag: tar.TypeReg, Name: "database/x", Size: 1 << 40}, "x"},
		),
		"a negative size":              append(manifest(t, key, listing(File{Name: "database/x", Size: -1, SHA256: sumOfX})), x),
		"a huge manifest":              {entry{tar.Header{Typeflag: tar.TypeReg, Name: manifestName, Size: maxManifest + 1}, "{"}},
		"a huge proof":                 {manifest(t, key, one)[0], file(proofName, strings.Repeat("0", 65))},
		"a manifest that is not first": append([]entry{x}, manifest(t, key, one)...),
		"no manifest":                  {x},
		"nothing":                      {},
		"a manifest that is none":      {file(manifestName, "[]"), file(proofName, key.prove([]byte("[]")))},
		"another format":               append(manifest(t, key, Manifest{Format: 2, Files: one.Files}), x),
	}
	for name, entries := range tricks {
		_, content, err := open(t, byHand(t, entries...), key)
		require.Error(t, err, name)
		for path := range content {
			require.True(t, strings.HasPrefix(path, "database/"), "%s: %s", name, path)
		}
	}
}

func TestNamesThatLeaveTheirFolderAreRefused(t *testing.T) {
	for _, name := range []string{
		"../x", "database/../../x", "/etc/x", "database//x", "database/./x", "database/", ".", "", "x", `database\..\..\x`, "C:/x",
		"database/c:x", "database/x\x00y",
	} {
		entries := manifest(t, key, listing(File{Name: name, Size: 1, SHA256: sumOfX}))
		if sent := strings.Trim(name, "\x00/"); sent != "" {
			entries = append(entries, file(strings.ReplaceAll(sent, "\x00", ""), "x"))
		}
		_, content, err := open(t, byHand(t, entries...), key)
		require.ErrorContains(t, err, "cannot be a file of a backup", name)
		require.Empty(t, content)
	}
}

// TestUnpackingDoesNotFollowLinks unpacks into a folder that somebody prepared.
func TestUnpackingDoesNotFollowLinks(t *testing.T) {
	path, folder, outside := create(t), t.TempDir(), t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "uploads"), 0o700))
	require.NoError(t, os.Symlink(outside, filepath.Join(folder, "uploads", "a")))
	_, err := Unpack(t.Context(), path, []Key{key}, func(first string) (string, error) {
		return filepath.Join(folder, first), os.MkdirAll(filepath.Join(folder, first), 0o700)
	})
	require.Error(t, err)
	require.Empty(t, harness.PrivateFiles(t, outside))
}

func TestUnpackingStopsWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	folder := t.TempDir()
	_, err := Unpack(ctx, create(t), []Key{key}, func(string) (string, error) {
		cancel()
		return folder, nil
	})
	require.True(t, err == nil || errors.Is(err, context.Canceled), err) // what is read already may suffice
	_, err = Unpack(ctx, create(t), []Key{key}, func(string) (string, error) { return folder, nil })
	require.ErrorIs(t, err, context.Canceled)
}
