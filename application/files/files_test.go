package files_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/disk"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/embedded"
)

// fixture is an org with an owner, a database and a folder.
type fixture struct {
	store  *breaking
	folder *disk.Files
	caller domain.Caller
	now    time.Time
}

// breaking is a store that returns the errors that are set.
type breaking struct {
	port.Store
	begin, unit, commit, read error // commit fails after all is done
}

func (b *breaking) InOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	if b.begin != nil {
		return b.begin
	}
	err := b.Store.InOrg(ctx, org, func(tx port.OrgTx) error { return fn(breakingTx{tx, b.unit}) })
	if err == nil {
		err = b.commit
	}
	return err
}

// breakingTx fails, if err is set, when the unit appends its audit event.
type breakingTx struct {
	port.OrgTx
	err error
}

func (tx breakingTx) Audit() port.Audit { return breakingAudit{tx.OrgTx.Audit(), tx.err} }

type breakingAudit struct {
	port.Audit
	err error
}

func (a breakingAudit) Append(ctx context.Context, event domain.AuditEvent) error {
	return errors.Join(a.Audit.Append(ctx, event), a.err)
}

func (b *breaking) ReadOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	if b.read != nil {
		return b.read
	}
	return b.Store.ReadOrg(ctx, org, fn)
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func newFixture(t *testing.T) *fixture {
	t.Helper()
	store := embedded.Store(t)
	f := &fixture{store: &breaking{Store: store}, folder: disk.New(t.TempDir()), now: time.Now().UTC()}
	t.Cleanup(func() { require.NoError(t, f.folder.Close()) })
	org, err := domain.NewOrg(domain.OrgID(newID()), "Acme", "acme", f.now)
	require.NoError(t, err)
	user, err := domain.NewUser(domain.UserID(newID()), "owner@example.org", "Owner", f.now)
	require.NoError(t, err)
	session := domain.Session{ID: domain.SessionID(newID()), User: user.ID, AuthTime: f.now, CreatedAt: f.now, LastSeenAt: f.now,
		ExpiresAt: f.now.Add(24 * time.Hour)}
	owner := domain.Role{ID: domain.RoleID(newID()), Name: domain.RoleOwner, System: true, CreatedAt: f.now, Version: 1}
	require.NoError(t,
		store.Platform().CreateOrg(t.Context(), org, domain.DefaultOrgSettings(domain.ServerLimits{}, f.now), func(tx port.OrgTx) error {
			return errors.Join(tx.Roles().Insert(t.Context(), owner), tx.Users().Insert(t.Context(), user),
				tx.Roles().Assign(t.Context(), user.ID, []domain.RoleID{owner.ID}), tx.Sessions().Insert(t.Context(), session))
		}))
	f.caller.Session, f.caller.Roles = session, []domain.Role{owner}
	f.caller.Org, f.caller.User, f.caller.Settings.AllowProfileEdit = org, user, true
	return f
}

func (f *fixture) clock() time.Time { return f.now }

func (f *fixture) guard() proof.Guard {
	return proof.Guard{Store: f.store, Clock: f.clock, NewID: newID}
}

func text(head []byte) string { return "text/plain" }

func (f *fixture) put(t *testing.T, content io.Reader) (domain.File, error) {
	t.Helper()
	return files.Upload{Guard: f.guard(), Files: f.folder, Media: text}.Execute(t.Context(), f.caller,
		files.UploadInput{Name: "a.txt", Content: content})
}

// kept lists what is in the folder.
func (f *fixture) kept(t *testing.T) (ids []domain.FileID) {
	t.Helper()
	require.NoError(t, f.folder.Stored(t.Context(), f.caller.Org.ID, f.now.Add(time.Hour), func(some []domain.FileID) error {
		ids = append(ids, some...)
		return nil
	}))
	return ids
}

func (f *fixture) sweep(t *testing.T) (removed, unknown int, err error) {
	t.Helper()
	return files.Sweep{Store: f.store, Files: f.folder, Clock: f.clock}.Execute(t.Context())
}

var errAway = errors.New("the database is unreachable")

func TestContentIsKeptOnlyWhenARowMayExist(t *testing.T) {
	for _, c := range []struct {
		about string
		spoil func(*fixture)
		stays bool
	}{
		{"all goes well", func(*fixture) {}, true},
		{"the unit cannot begin", func(f *fixture) { f.store.begin = errAway }, false},
		{"the unit is undone", func(f *fixture) { f.store.unit = errAway }, false},
		{"nobody knows whether it was committed", func(f *fixture) { f.store.commit = errAway }, true},
		{"the caller may no more", func(f *fixture) { f.caller.User.ID = domain.UserID(newID()) }, false},
		{"the session has ended", func(f *fixture) { f.caller.Session.ID = domain.SessionID(newID()) }, false},
	} {
		f := newFixture(t)
		c.spoil(f)
		_, err := f.put(t, strings.NewReader("some text"))
		require.Equal(t, c.about == "all goes well", err == nil, c.about)
		require.Equal(t, c.stays, len(f.kept(t)) == 1, c.about)
	}
}

// putWithin stores a file in an org with a quota.
func (f *fixture) putWithin(t *testing.T, quota files.Quota, content io.Reader) error {
	t.Helper()
	uc := files.Upload{Guard: f.guard(), Files: f.folder, Media: text, Quota: quota}
	_, err := uc.Execute(t.Context(), f.caller, files.UploadInput{Name: "a.txt", Content: content})
	return err
}

func isFull(t *testing.T, err error) {
	t.Helper()
	fault := new(domain.Error)
	require.ErrorAs(t, err, &fault)
	require.Equal(t, domain.CodeInsufficientStorage, fault.Code)
}

// endless is content without end. It fails the test when far more of it is read than fits.
type endless struct {
	t    *testing.T
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	require.Less(e.t, e.read, 1<<20)
	return len(p), nil
}

func TestTheFilesOfAnOrgStayWithinItsQuota(t *testing.T) {
	f := newFixture(t)
	const quota = 100_000
	require.NoError(t, f.putWithin(t, quota, strings.NewReader(strings.Repeat("x", 90_000))))
	isFull(t, f.putWithin(t, quota, strings.NewReader(strings.Repeat("x", 10_001))))
	isFull(t, f.putWithin(t, quota, &endless{t: t}))
	require.NoError(t, f.putWithin(t, quota, strings.NewReader(strings.Repeat("x", 10_000))))
	isFull(t, f.putWithin(t, quota, strings.NewReader("x")))
	require.NoError(t, f.putWithin(t, 0, strings.NewReader("x")), "no limit")
	require.Len(t, f.kept(t), 3)
	list, err := files.List{Guard: f.guard(), Quota: quota}.Execute(t.Context(), f.caller, files.ListInput{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, domain.Storage{Used: 100_001, Limit: quota}, list.Storage)
}

// TestParallelUploadsShareTheQuota: they all begin while there is room for any one of them.
func TestParallelUploadsShareTheQuota(t *testing.T) {
	f := newFixture(t)
	const uploads, quota = 8, 25_000
	var begun sync.WaitGroup
	begun.Add(uploads)
	results := make(chan error, uploads)
	for range uploads {
		go func() {
			together := &gated{Reader: strings.NewReader(strings.Repeat("x", 10_000)), begun: &begun}
			results <- f.putWithin(t, quota, together)
		}()
	}
	stored := 0
	for range uploads {
		if err := <-results; err == nil {
			stored++
		} else {
			isFull(t, err)
		}
	}
	require.Equal(t, 2, stored)
	require.Len(t, f.kept(t), 2, "nothing stays of the others")
}

// gated is content whose first read waits until every parallel upload has begun.
type gated struct {
	io.Reader
	begun *sync.WaitGroup
	once  sync.Once
}

func (g *gated) Read(p []byte) (int, error) {
	g.once.Do(func() {
		g.begun.Done()
		g.begun.Wait()
	})
	return g.Reader.Read(p)
}

func TestAPictureCountsAndMayReplaceALargerOne(t *testing.T) {
	f := newFixture(t)
	set := func(quota files.Quota) error {
		uc := files.SetPicture{Guard: f.guard(), Files: f.folder, Pictures: pictures{}, Quota: quota}
		_, err := uc.Execute(t.Context(), f.caller, files.Subject{Account: f.caller.User.ID},
			files.UploadInput{Content: strings.NewReader("a picture")})
		return err
	}
	isFull(t, set(8))
	require.Empty(t, f.kept(t))
	require.NoError(t, set(9))
	require.NoError(t, set(9), "in place of the first")
	require.NoError(t, set(1), "no larger than the one before")
	require.Len(t, f.kept(t), 1)
}

// pictures draws nothing.
type pictures struct {
	err       error
	meanwhile func()
}

func (p pictures) Redraw(_ context.Context, in io.Reader) ([]byte, string, error) {
	content, err := io.ReadAll(in)
	if p.meanwhile != nil {
		p.meanwhile()
	}
	return content, "image/png", errors.Join(err, p.err)
}

func (f *fixture) draw(t *testing.T, fault error) (domain.File, error) {
	t.Helper()
	return f.drawWith(t, pictures{err: fault})
}

func (f *fixture) drawWith(t *testing.T, by pictures) (domain.File, error) {
	t.Helper()
	uc := files.SetPicture{Guard: f.guard(), Files: f.folder, Pictures: by}
	return uc.Execute(t.Context(), f.caller, files.Subject{Account: f.caller.User.ID},
		files.UploadInput{Content: strings.NewReader("a picture")})
}

func TestAnAvatarIsRefusedIfThePermissionIsLostDuringTheUpload(t *testing.T) {
	for about, c := range map[string]struct {
		meanwhile func(context.Context, port.OrgTx, *fixture) error
		refusal   error
	}{
		"the account is suspended": {func(ctx context.Context, tx port.OrgTx, f *fixture) error {
			user, err := tx.Users().Get(ctx, f.caller.User.ID)
			user.Status = domain.StatusSuspended
			return errors.Join(err, tx.Users().Update(ctx, user))
		}, domain.ErrAccountSuspended},
		"the org fixes its profiles": {func(ctx context.Context, tx port.OrgTx, _ *fixture) error {
			settings, err := tx.Org().Settings(ctx)
			settings.AllowProfileEdit = false
			return errors.Join(err, tx.Org().SaveSettings(ctx, settings))
		}, domain.ErrProfileFixed},
		"the session ends": {func(ctx context.Context, tx port.OrgTx, f *fixture) error {
			_, err := tx.Sessions().EndAll(ctx, f.caller.User.ID, "", domain.EndRevoked, f.now)
			return err
		}, domain.ErrTokenRevoked},
	} {
		f := newFixture(t)
		_, err := f.drawWith(t, pictures{meanwhile: func() {
			require.NoError(t, f.store.InOrg(t.Context(), f.caller.Org.ID, func(tx port.OrgTx) error { return c.meanwhile(t.Context(), tx, f) }))
		}})
		require.ErrorIs(t, err, c.refusal, about)
		require.Empty(t, f.kept(t), about)
	}
}

func TestAPictureThatCannotBeSetLeavesTheOneBefore(t *testing.T) {
	f := newFixture(t)
	before, err := f.draw(t, nil)
	require.NoError(t, err)
	_, err = f.draw(t, errAway)
	require.ErrorIs(t, err, errAway)
	require.Equal(t, []domain.FileID{before.ID}, f.kept(t))
	f.store.unit = errAway
	_, err = f.draw(t, nil)
	require.ErrorIs(t, err, errAway)
	require.Equal(t, []domain.FileID{before.ID}, f.kept(t))
	f.store.unit = nil
	after, err := f.draw(t, nil)
	require.NoError(t, err)
	require.Equal(t, []domain.FileID{after.ID}, f.kept(t))
}

// replacing is a folder in which something happens just before a file is opened.
type replacing struct {
	port.FileStore
	first func()
}

func (r *replacing) Open(ctx context.Context, org domain.OrgID, id domain.FileID) (io.ReadCloser, error) {
	if first := r.first; first != nil {
		r.first = nil
		first()
	}
	return r.FileStore.Open(ctx, org, id)
}

func TestAPictureCanBeReadWhileItIsReplaced(t *testing.T) {
	f := newFixture(t)
	_, err := f.draw(t, nil)
	require.NoError(t, err)
	get := files.GetPicture{Guard: f.guard(), Files: &replacing{f.folder, func() {
		_, err := f.draw(t, nil)
		require.NoError(t, err)
	}}}
	picture, content, err := get.Execute(t.Context(), f.caller, files.Subject{Account: f.caller.User.ID})
	require.NoError(t, err)
	require.NoError(t, content.Close())
	require.Equal(t, []domain.FileID{picture.ID}, f.kept(t))
	require.NoError(t, f.folder.Remove(t.Context(), f.caller.Org.ID, picture.ID))
	_, _, err = get.Execute(t.Context(), f.caller, files.Subject{Account: f.caller.User.ID})
	require.ErrorIs(t, err, domain.ErrNotFound, "its bytes are lost")
}

func TestTheSweepRemovesOldContentWithoutARow(t *testing.T) {
	f := newFixture(t)
	known, err := f.put(t, strings.NewReader("known"))
	require.NoError(t, err)
	avatar, err := f.draw(t, nil)
	require.NoError(t, err)
	_, err = f.folder.Put(t.Context(), f.caller.Org.ID, domain.FileID(newID()), strings.NewReader("unknown"))
	require.NoError(t, err)
	f.now = f.now.Add(files.SweepAfter - time.Minute)
	removed, _, err := f.sweep(t)
	require.NoError(t, err)
	require.Zero(t, removed, "an upload may be under way")
	f.now = f.now.Add(2 * time.Minute)
	removed, unknown, err := f.sweep(t)
	require.NoError(t, err)
	require.Equal(t, []int{1, 0}, []int{removed, unknown})
	require.ElementsMatch(t, []domain.FileID{known.ID, avatar.ID}, f.kept(t))
}

func TestTheSweepKeepsContentOfOrgsThatItCannotRead(t *testing.T) {
	f := newFixture(t)
	_, err := f.folder.Put(t.Context(), f.caller.Org.ID, domain.FileID(newID()), strings.NewReader("unknown"))
	require.NoError(t, err)
	stranger := domain.OrgID(newID())
	id := domain.FileID(newID())
	_, err = f.folder.Put(t.Context(), stranger, id, strings.NewReader("of another database"))
	require.NoError(t, err)
	f.now = f.now.Add(2 * files.SweepAfter)
	f.store.read = errAway
	removed, _, err := f.sweep(t)
	require.ErrorIs(t, err, errAway)
	require.Zero(t, removed)
	require.Len(t, f.kept(t), 1)
	f.store.read = nil
	removed, unknown, err := f.sweep(t)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, []int{removed, unknown})
	content, err := f.folder.Open(t.Context(), stranger, id)
	require.NoError(t, err)
	require.NoError(t, content.Close())
}
