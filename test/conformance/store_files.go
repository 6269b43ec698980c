package conformance

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var fileCases = []storeCase{
	{"keeps every field of a file", filesRoundTrip},
	{"lists plain files, newest first and page by page, and those of one account", filesListed},
	{"finds no file of another org", filesOfAnotherOrg},
	{"keeps one picture of each kind, and returns the one it replaces", picturesReplaced},
	{"loses no picture that parallel calls replace", picturesReplacedAtOnce},
	{"returns the total size of an org's files", filesUsed},
	{"refuses an avatar of an unknown account, and removes that of a removed one", avatarsGoWithTheirAccounts},
}

func newFile() domain.File {
	return domain.File{
		ID: domain.FileID(newStoreID()), Kind: domain.FilePlain, Name: oddName, Media: "text/plain", Size: 5 << 30,
		By: domain.UserID(newStoreID()), CreatedAt: storeNow,
	}
}

func newPicture(kind domain.FileKind, account domain.UserID) domain.File {
	picture := newFile()
	picture.Kind, picture.Account, picture.Media = kind, account, "image/png"
	return picture
}

// file stores a plain file.
func (x *tenant) file(t *testing.T) domain.File {
	t.Helper()
	file := newFile()
	x.do(t, func(tx port.OrgTx) error { return tx.Files().Insert(t.Context(), file) })
	return file
}

func (x *tenant) getFile(t *testing.T, id domain.FileID) (found domain.File, err error) {
	t.Helper()
	err = x.unit(t, func(tx port.OrgTx) (err error) {
		found, err = tx.Files().Get(t.Context(), id)
		return err
	})
	return found, err
}

func (x *tenant) picture(t *testing.T, kind domain.FileKind, account domain.UserID) (found domain.File, err error) {
	t.Helper()
	err = x.unit(t, func(tx port.OrgTx) (err error) {
		found, err = tx.Files().Picture(t.Context(), kind, account)
		return err
	})
	return found, err
}

func (x *tenant) replace(t *testing.T, picture domain.File) (before domain.File, err error) {
	t.Helper()
	err = x.unit(t, func(tx port.OrgTx) (err error) {
		before, err = tx.Files().Replace(t.Context(), picture)
		return err
	})
	return before, err
}

func (x *tenant) forgetPicture(t *testing.T, kind domain.FileKind, account domain.UserID) (before domain.File, err error) {
	t.Helper()
	err = x.unit(t, func(tx port.OrgTx) (err error) {
		before, err = tx.Files().Forget(t.Context(), kind, account)
		return err
	})
	return before, err
}

func filesUsed(t *testing.T, s port.Store) {
	x, other := newTenant(t, s), newTenant(t, s)
	used := func() int64 {
		return ask(t, x, func(tx port.OrgTx) (int64, error) { return tx.Files().Used(t.Context()) })
	}
	require.Zero(t, used())
	kept := x.file(t)
	other.file(t)
	_, err := x.replace(t, newPicture(domain.FileLogo, ""))
	require.NoError(t, err)
	require.Equal(t, 2*kept.Size, used(), "pictures count, and files of other orgs do not")
	_, err = x.forgetPicture(t, domain.FileLogo, "")
	require.NoError(t, err)
	require.Equal(t, kept.Size, used())
}

func (x *tenant) known(t *testing.T, ids ...domain.FileID) []domain.FileID {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.FileID, error) { return tx.Files().Known(t.Context(), ids) })
}

func filesRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	file := x.file(t)
	found, err := x.getFile(t, file.ID)
	require.NoError(t, err)
	require.Equal(t, file, found)
	x.do(t, func(tx port.OrgTx) error { return tx.Files().Remove(t.Context(), file.ID) })
	_, err = x.getFile(t, file.ID)
	mustBe(t, domain.ErrNotFound, err)
	mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error { return tx.Files().Remove(t.Context(), file.ID) }))
}

func filesListed(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	all := []domain.File{x.file(t), x.file(t), x.file(t)}
	slices.Reverse(all)
	_, err := x.replace(t, newPicture(domain.FileLogo, ""))
	require.NoError(t, err)
	list := func(filter domain.FileFilter, after domain.FileID, limit int) []domain.File {
		return ask(t, x, func(tx port.OrgTx) ([]domain.File, error) { return tx.Files().List(t.Context(), filter, after, limit) })
	}
	require.Equal(t, all, list(domain.FileFilter{}, "", 10))
	require.Equal(t, all[:2], list(domain.FileFilter{}, "", 2))
	require.Equal(t, all[2:], list(domain.FileFilter{}, all[1].ID, 2))
	require.Empty(t, list(domain.FileFilter{}, all[2].ID, 2))
	require.Equal(t, all[1:2], list(domain.FileFilter{By: all[1].By}, "", 10))
}

func filesOfAnotherOrg(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	file, logo := x.file(t), newPicture(domain.FileLogo, "")
	_, err := x.replace(t, logo)
	require.NoError(t, err)
	_, err = y.getFile(t, file.ID)
	mustBe(t, domain.ErrNotFound, err)
	mustBe(t, domain.ErrNotFound, y.unit(t, func(tx port.OrgTx) error { return tx.Files().Remove(t.Context(), file.ID) }))
	_, err = y.picture(t, domain.FileLogo, "")
	mustBe(t, domain.ErrNotFound, err)
	_, err = y.forgetPicture(t, domain.FileLogo, "")
	mustBe(t, domain.ErrNotFound, err)
	require.Empty(t, y.known(t, file.ID, logo.ID))
	require.ElementsMatch(t, []domain.FileID{file.ID, logo.ID}, x.known(t, file.ID, logo.ID, domain.FileID(newStoreID())))
	require.Empty(t, x.known(t))
}

func picturesReplaced(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	one, other := x.user(t).ID, x.user(t).ID
	for _, of := range []struct {
		kind    domain.FileKind
		account domain.UserID
	}{{domain.FileLogo, ""}, {domain.FileAvatar, one}, {domain.FileAvatar, other}} {
		_, err := x.picture(t, of.kind, of.account)
		mustBe(t, domain.ErrNotFound, err)
		first, second := newPicture(of.kind, of.account), newPicture(of.kind, of.account)
		before, err := x.replace(t, first)
		require.NoError(t, err)
		require.Zero(t, before)
		before, err = x.replace(t, second)
		require.NoError(t, err)
		require.Equal(t, first, before)
		found, err := x.picture(t, of.kind, of.account)
		require.NoError(t, err)
		require.Equal(t, second, found)
		_, err = x.getFile(t, second.ID)
		mustBe(t, domain.ErrNotFound, err, "it is no plain file")
		mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error { return tx.Files().Remove(t.Context(), second.ID) }))
	}
	_, err := x.forgetPicture(t, domain.FileAvatar, one)
	require.NoError(t, err)
	_, err = x.forgetPicture(t, domain.FileAvatar, one)
	mustBe(t, domain.ErrNotFound, err)
	_, err = x.picture(t, domain.FileAvatar, other)
	require.NoError(t, err)
}

func picturesReplacedAtOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t).ID
	for _, of := range []struct {
		kind    domain.FileKind
		account domain.UserID
	}{{domain.FileLogo, ""}, {domain.FileAvatar, user}} {
		pictures, replaced := make([]domain.File, 12), make([]domain.File, 12)
		for i := range pictures {
			pictures[i] = newPicture(of.kind, of.account)
		}
		for _, err := range crowd(len(pictures), func(i int) (err error) {
			replaced[i], err = x.replace(t, pictures[i])
			return err
		}) {
			require.NoError(t, err)
		}
		last, err := x.picture(t, of.kind, of.account)
		require.NoError(t, err)
		require.ElementsMatch(t, slices.Concat(pictures, []domain.File{{}}), slices.Concat(replaced, []domain.File{last}))
	}
}

func avatarsGoWithTheirAccounts(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	user := x.user(t).ID
	_, err := y.replace(t, newPicture(domain.FileAvatar, user))
	mustBe(t, domain.ErrNotFound, err)
	avatar := newPicture(domain.FileAvatar, user)
	_, err = x.replace(t, avatar)
	require.NoError(t, err)
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Remove(t.Context(), user) })
	require.Empty(t, x.known(t, avatar.ID))
}
