package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// FileStore checks every promise of port.FileStore but what it says of a store that is full.
func FileStore(t *testing.T, open func(t *testing.T) port.FileStore) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, port.FileStore)
	}{
		{"returns a file byte for byte", filesKept},
		{"keeps the files of orgs apart", filesApart},
		{"keeps nothing of a file whose content fails", filesWhole},
		{"refuses every name that is not an id", filesByIDOnly},
		{"removes a file, and does nothing for one that is not there", filesRemoved},
		{"lists the files written before a time, also while they are removed", filesFound},
		{"serves many callers at once", filesAtOnce},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
	}
}

func newFileID() domain.FileID { return domain.FileID(newStoreID()) }

func mustStore(t *testing.T, files port.FileStore, org domain.OrgID, content []byte) domain.FileID {
	t.Helper()
	id := newFileID()
	size, err := files.Put(t.Context(), org, id, bytes.NewReader(content))
	require.NoError(t, err)
	require.EqualValues(t, len(content), size)
	return id
}

func mustHave(t *testing.T, files port.FileStore, org domain.OrgID, id domain.FileID, content []byte) {
	t.Helper()
	file, err := files.Open(t.Context(), org, id)
	require.NoError(t, err)
	found, err := io.ReadAll(file)
	require.NoError(t, errors.Join(err, file.Close()))
	require.True(t, bytes.Equal(content, found), "%d bytes, not the %d that were stored", len(found), len(content))
}

func mustLack(t *testing.T, files port.FileStore, org domain.OrgID, id domain.FileID) {
	t.Helper()
	_, err := files.Open(t.Context(), org, id)
	mustBe(t, domain.ErrNotFound, err)
}

// stored lists the files of an org that were written before a time.
func stored(t *testing.T, files port.FileStore, org domain.OrgID, before time.Time) (ids []domain.FileID) {
	t.Helper()
	require.NoError(t, files.Stored(t.Context(), org, before, func(some []domain.FileID) error {
		ids = append(ids, some...)
		return nil
	}))
	return ids
}

func someOrg() domain.OrgID { return domain.OrgID(newStoreID()) }

func soon() time.Time { return time.Now().Add(time.Minute) }

func filesKept(t *testing.T, files port.FileStore) {
	org := someOrg()
	for _, size := range []int{0, 1, 4096, 3<<20 + 7} {
		content := bytes.Repeat([]byte{0, 0xff, '\n', 'x', 7}, size/5+1)[:size]
		mustHave(t, files, org, mustStore(t, files, org, content), content)
	}
}

func filesApart(t *testing.T, files port.FileStore) {
	ours, theirs := someOrg(), someOrg()
	id := mustStore(t, files, ours, []byte("ours"))
	mustLack(t, files, theirs, id)
	require.NoError(t, files.Remove(t.Context(), theirs, id))
	mustHave(t, files, ours, id, []byte("ours"))
	_, err := files.Put(t.Context(), theirs, id, bytes.NewReader([]byte("theirs")))
	require.NoError(t, err)
	mustHave(t, files, ours, id, []byte("ours"))
	require.Equal(t, []domain.FileID{id}, stored(t, files, theirs, soon()))
	orgs, err := files.Orgs(t.Context())
	require.NoError(t, err)
	require.Subset(t, orgs, []domain.OrgID{ours, theirs})
}

func filesWhole(t *testing.T, files port.FileStore) {
	org, id := someOrg(), newFileID()
	for _, content := range []io.Reader{
		iotest.ErrReader(domain.ErrFileTooLarge),
		io.MultiReader(bytes.NewReader(make([]byte, 2<<20)), iotest.ErrReader(domain.ErrFileTooLarge)),
	} {
		_, err := files.Put(t.Context(), org, id, content)
		mustBe(t, domain.ErrFileTooLarge, err)
		mustLack(t, files, org, id)
		require.Empty(t, stored(t, files, org, soon()), "nothing stays, not even in part")
	}
	_, err := files.Put(t.Context(), org, id, bytes.NewReader([]byte("again")))
	require.NoError(t, err)
	mustHave(t, files, org, id, []byte("again"))
}

func filesByIDOnly(t *testing.T, files port.FileStore) {
	org := someOrg()
	id := mustStore(t, files, org, []byte("x"))
	for _, name := range []string{"", ".", "..", "../" + string(id), "/etc/passwd", string(id) + "/", string(id) + ".part", "check.part",
		"..\\x", "x\x00y", string(id[:35])} {
		_, err := files.Put(t.Context(), org, domain.FileID(name), bytes.NewReader(nil))
		mustBe(t, domain.ErrNotFound, err, name)
		_, err = files.Put(t.Context(), domain.OrgID(name), id, bytes.NewReader(nil))
		mustBe(t, domain.ErrNotFound, err, name)
		mustLack(t, files, org, domain.FileID(name))
		mustLack(t, files, domain.OrgID(name), id)
		mustBe(t, domain.ErrNotFound, files.Remove(t.Context(), org, domain.FileID(name)), name)
		mustBe(t, domain.ErrNotFound, files.Remove(t.Context(), domain.OrgID(name), id), name)
		mustBe(t, domain.ErrNotFound, files.Stored(t.Context(), domain.OrgID(name), soon(), func([]domain.FileID) error { return nil }), name)
	}
	mustHave(t, files, org, id, []byte("x"))
}

func filesRemoved(t *testing.T, files port.FileStore) {
	org := someOrg()
	id := mustStore(t, files, org, []byte("x"))
	require.NoError(t, files.Remove(t.Context(), org, id))
	mustLack(t, files, org, id)
	require.NoError(t, files.Remove(t.Context(), org, id))
	require.NoError(t, files.Remove(t.Context(), someOrg(), id))
}

func filesFound(t *testing.T, files port.FileStore) {
	org := someOrg()
	require.Empty(t, stored(t, files, org, soon()), "an org without files")
	var all []domain.FileID
	for range 1234 {
		all = append(all, mustStore(t, files, org, nil))
	}
	require.ElementsMatch(t, all, stored(t, files, org, soon()))
	require.Empty(t, stored(t, files, org, time.Now().Add(-time.Hour)), "they are newer")
	var seen []domain.FileID
	require.NoError(t, files.Stored(t.Context(), org, soon(), func(some []domain.FileID) error {
		seen = append(seen, some...)
		for _, id := range some {
			require.NoError(t, files.Remove(t.Context(), org, id))
		}
		return nil
	}))
	require.ElementsMatch(t, all, seen)
	require.Empty(t, stored(t, files, org, soon()))
	mustStore(t, files, org, nil)
	broken := errors.New("visit ends it")
	require.ErrorIs(t, files.Stored(t.Context(), org, soon(), func([]domain.FileID) error { return broken }), broken)
}

func filesAtOnce(t *testing.T, files port.FileStore) {
	org := someOrg()
	ids := make([]domain.FileID, 16)
	for i := range ids {
		ids[i] = newFileID()
	}
	for _, err := range crowd(len(ids), func(i int) error {
		_, err := files.Put(t.Context(), org, ids[i], bytes.NewReader(fmt.Appendf(nil, "file %d", i)))
		return err
	}) {
		require.NoError(t, err)
	}
	for i, id := range ids {
		mustHave(t, files, org, id, fmt.Appendf(nil, "file %d", i))
	}
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(stored(t, files, org, soon())))), len(ids))
}
