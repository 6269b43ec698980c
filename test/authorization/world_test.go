package authorization

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/disk"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/embedded"
)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

type passwords struct{}

func (passwords) Hash(context.Context, domain.Secret) (domain.PasswordHash, error) {
	return "hash", nil
}

func (passwords) Verify(context.Context, domain.PasswordHash, domain.Secret) (match, outdated bool, err error) {
	return true, false, nil
}

type pictures struct{}

func (pictures) Redraw(_ context.Context, image io.Reader) (content []byte, media string, err error) {
	content, err = io.ReadAll(image)
	return content, "image/png", err
}

func temporaryPassword() domain.Secret { return domain.NewSecret("temporary") }

// newWorld creates the operators' org with an owner and a member.
func newWorld(t *testing.T) (w world, owner domain.Caller) {
	t.Helper()
	store, now := embedded.Store(t), time.Now().UTC()
	folder := disk.New(t.TempDir())
	t.Cleanup(func() { require.NoError(t, folder.Close()) })
	w = world{files: folder, org: domain.OrgID(newID()), owner: domain.UserID(newID()), member: domain.UserID(newID())}
	w.guard = proof.Guard{Store: store, Clock: func() time.Time { return now }, NewID: newID}
	org, err := domain.NewOrg(w.org, "Acme", "acme", now)
	require.NoError(t, err)
	org.Platform = true
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, now)
	require.NoError(t, store.Platform().CreateOrg(t.Context(), org, settings, func(tx port.OrgTx) (err error) {
		for id, role := range map[domain.UserID]string{w.owner: domain.RoleOwner, w.member: domain.RoleMember} {
			user, made := domain.NewUser(id, domain.Email(role+"@example.org"), "Somebody", now)
			held := domain.Role{ID: domain.RoleID(newID()), Name: role, System: true, CreatedAt: now, Version: 1}
			err = errors.Join(err, made, tx.Users().Insert(t.Context(), user), tx.Roles().Insert(t.Context(), held),
				tx.Roles().Assign(t.Context(), id, []domain.RoleID{held.ID}))
		}
		return err
	}))
	w.inOrg(t, func(tx port.OrgTx) (err error) {
		owner.Principal, err = tx.Users().Standing(t.Context(), w.owner)
		return err
	})
	owner.Session = domain.Session{ID: domain.SessionID(newID()), User: w.owner, AuthTime: now}
	return w, owner
}

func (w world) inOrg(t *testing.T, unit func(port.OrgTx) error) {
	t.Helper()
	require.NoError(t, w.guard.Store.InOrg(t.Context(), w.org, unit))
}

// unread is a store that fails the test when it is used.
type unread struct {
	port.Store
	t *testing.T
}

func (u unread) ReadOrg(context.Context, domain.OrgID, func(port.OrgTx) error) error {
	u.t.Error("the store was read before the caller was authorized")
	return domain.ErrUnavailable
}

func (u unread) InOrg(context.Context, domain.OrgID, func(port.OrgTx) error) error {
	u.t.Error("a unit was opened before the caller was authorized")
	return domain.ErrUnavailable
}
