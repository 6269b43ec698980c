package bunstore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	otp "github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/fernet"
	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// enrolledBefore is an account whose authenticator was stored before accounts could have several.
type enrolledBefore struct {
	store  *bunstore.Store
	totp   factor.TOTP
	holder port.Holder
	secret domain.Secret
}

// newEnrolledBefore creates an account in the org and a sealed secret for it.
func newEnrolledBefore(t *testing.T, store *bunstore.Store, org domain.OrgID, now time.Time) (enrolledBefore, domain.SealedSecret) {
	t.Helper()
	secrets, err := fernet.New("the secret key of this test, kept", nil)
	require.NoError(t, err)
	id := uuid.NewString()
	user, err := domain.NewUser(domain.UserID(id), domain.Email(id+"@example.org"), "Someone", now)
	require.NoError(t, err)
	require.NoError(t, store.InOrg(t.Context(), org, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), user) }))
	secret := totp.Codes{}.New()
	sealed, err := secrets.Seal(secret, port.Place{Purpose: "totp", Org: org, User: user.ID})
	require.NoError(t, err)
	return enrolledBefore{
		store: store, totp: factor.TOTP{Codes: totp.Codes{}, Secrets: secrets}, secret: secret,
		holder: port.Holder{Org: domain.Org{ID: org}, User: user, By: "session", Now: now},
	}, sealed
}

// read returns the account's only authenticator.
func (e *enrolledBefore) read(t *testing.T) domain.Authenticator {
	t.Helper()
	require.NoError(t, e.store.ReadOrg(t.Context(), e.holder.Org.ID, func(tx port.OrgTx) (err error) {
		e.holder.Held, err = tx.Authenticators().Of(t.Context(), e.holder.User.ID)
		return err
	}))
	require.Len(t, e.holder.Held, 1)
	return e.holder.Held[0]
}

// code returns the code that the authenticator app shows at a time.
func (e *enrolledBefore) code(t *testing.T, at time.Time) domain.Secret {
	t.Helper()
	code, err := otp.GenerateCode(e.secret.Reveal(), at)
	require.NoError(t, err)
	return domain.NewSecret(code)
}

func (e *enrolledBefore) verify(t *testing.T, at time.Time) bool {
	t.Helper()
	e.read(t)
	e.holder.Now = at
	shown, err := e.totp.Verify(t.Context(), e.holder, e.code(t, at))
	require.NoError(t, err)
	return shown.Right
}

func rollBackTo(t *testing.T, store *bunstore.Store, version string) {
	t.Helper()
	for undone := ""; !strings.HasPrefix(undone, version); {
		migrations, err := store.Rollback(t.Context())
		require.NoError(t, err)
		undone = migrations[0].Name
	}
}

func TestMigrationsKeepTheAuthenticatorOfEveryAccount(t *testing.T) {
	t.Parallel()
	onEachWithSQL(t, func(t *testing.T, store *bunstore.Store, execute func(string)) {
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		org := createOrg(t, store, domain.DefaultOrgSettings(domain.ServerLimits{}, now))
		live, liveSecret := newEnrolledBefore(t, store, org, now)
		pending, pendingSecret := newEnrolledBefore(t, store, org, now)
		rollBackTo(t, store, "00021")
		const insert = `INSERT INTO authenticators
			(org_id, user_id, secret, enrolled_at, last_step, pending, pending_expiry, pending_by) VALUES ('%s', '%s', %s)`
		instant, usedStep := now.Format("'2006-01-02 15:04:05-07:00'"), now.Unix()/30
		execute(fmt.Sprintf(insert, org, live.holder.User.ID, fmt.Sprintf("'%s', %s, %d, '', NULL, ''", liveSecret, instant, usedStep)))
		expiry := now.Add(domain.EnrollmentTTL).Format("'2006-01-02 15:04:05-07:00'")
		execute(fmt.Sprintf(insert, org, pending.holder.User.ID, fmt.Sprintf("'', NULL, 0, '%s', %s, 'session'", pendingSecret, expiry)))

		for range 2 { // the second time with the rows that the rollback has stored
			_, err := store.Migrate(t.Context())
			require.NoError(t, err)
			user := live.holder.User.ID
			require.Equal(t, domain.Authenticator{
				ID: domain.AuthenticatorID(user), User: user, Kind: domain.FactorTOTP, Secret: liveSecret, Counter: usedStep,
				CreatedAt: now, EnrolledAt: now,
			}, live.read(t))
			require.False(t, live.verify(t, now), "the step was used before")
			require.True(t, live.verify(t, now.Add(30*time.Second)))

			user = pending.holder.User.ID
			require.Equal(t, domain.Authenticator{
				ID: domain.AuthenticatorID(user), User: user, Kind: domain.FactorTOTP, Secret: pendingSecret,
				CreatedAt: now, PendingExpiry: now.Add(domain.EnrollmentTTL), PendingBy: "session",
			}, pending.read(t))
			begun, err := pending.totp.Begin(pending.holder)
			require.NoError(t, err)
			require.Equal(t, pending.holder.Held[0], begun, "the enrolment goes on")
			first, err := pending.totp.Confirm(t.Context(), pending.holder, pending.code(t, now))
			require.NoError(t, err)
			require.True(t, first.Right)
			rollBackTo(t, store, "00021")
		}
	})
}
