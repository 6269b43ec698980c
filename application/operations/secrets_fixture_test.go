package operations_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/fernet"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/embedded"
)

const (
	oldKey  = "the secret key of last year, kept"
	newKey  = "the secret key of this year, ours"
	lostKey = "the secret key that nobody noted"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// vault is a store with sealed secrets, and what each of them is.
type vault struct {
	t       *testing.T
	store   *bunstore.Store
	secrets map[port.Place]string
}

func newVault(t *testing.T) *vault {
	t.Helper()
	store := embedded.Store(t)
	return &vault{t: t, store: store, secrets: map[port.Place]string{}}
}

func keys(t *testing.T, current string, fallbacks ...string) port.KeyRing {
	t.Helper()
	box, err := fernet.New(current, fallbacks)
	require.NoError(t, err)
	return box
}

func idOf(t *testing.T, key string) string { return keys(t, key).KeyIDs()[0] }

// org makes an org with n accounts, every other one still enrolling.
func (v *vault) org(n int, key string) (places []port.Place) {
	v.t.Helper()
	ctx := v.t.Context()
	org, err := domain.NewOrg(domain.OrgID(uuid.NewString()), "Org", domain.Slug("org-"+uuid.NewString()), now)
	require.NoError(v.t, err)
	require.NoError(
		v.t,
		v.store.Platform().CreateOrg(ctx, org, domain.DefaultOrgSettings(domain.ServerLimits{}, now), func(tx port.OrgTx) error {
			for i := range n {
				user, err := domain.NewUser(domain.UserID(uuid.NewString()), domain.Email(fmt.Sprintf("user-%d@example.org", i)), "Someone", now)
				if err != nil {
					return err
				}
				if err := tx.Users().Insert(ctx, user); err != nil {
					return err
				}
				place := port.FactorPlace(domain.FactorTOTP, org.ID, user.ID)
				v.secrets[place] = uuid.NewString()
				if err := v.enrol(tx, place, v.sealAt(key, place), i%2 == 0); err != nil {
					return err
				}
				places = append(places, place)
			}
			return nil
		}),
	)
	return places
}

func (v *vault) sealAt(key string, place port.Place) domain.SealedSecret {
	v.t.Helper()
	sealed, err := keys(v.t, key).Seal(domain.NewSecret(v.secrets[place]), place)
	require.NoError(v.t, err)
	return sealed
}

func (v *vault) enrol(tx port.OrgTx, place port.Place, sealed domain.SealedSecret, live bool) error {
	a := domain.Authenticator{ID: domain.AuthenticatorID(place.User), User: place.User, Kind: domain.FactorTOTP, Secret: sealed}
	a.Begin("", now)
	if err := tx.Authenticators().SavePending(v.t.Context(), a); err != nil || !live {
		return err
	}
	confirmed := a
	confirmed.Confirm(1, now)
	return tx.Authenticators().Confirm(v.t.Context(), confirmed, a)
}

// all reads every value.
func (v *vault) all() (values []port.SealedValue) {
	v.t.Helper()
	secrets := v.store.Platform().Sealed()
	for _, kind := range secrets.Kinds() {
		page, err := secrets.After(v.t.Context(), kind, port.SealedValue{}, 1_000_000)
		require.NoError(v.t, err)
		values = append(values, page...)
	}
	return values
}

// mustOpen demands that these keys open every secret where it stands, and that each is
// what it was.
func (v *vault) mustOpen(ring port.KeyRing) {
	v.t.Helper()
	values := v.all()
	require.Len(v.t, values, len(v.secrets))
	for _, value := range values {
		secret, err := ring.Open(value.Sealed, value.Place)
		require.NoError(v.t, err)
		require.Equal(v.t, v.secrets[value.Place], secret.Reveal())
	}
}

// swap puts another sealed text in the place of a live secret.
func (v *vault) swap(place port.Place, text domain.SealedSecret) {
	v.t.Helper()
	for _, value := range v.all() {
		if value.Place == place {
			n, err := v.store.Platform().Sealed().Replace(v.t.Context(), []port.Resealed{{Value: value, Sealed: text}})
			require.NoError(v.t, err)
			require.Equal(v.t, 1, n)
		}
	}
}

func (v *vault) status(ring port.KeyRing) operations.SecretsReport {
	v.t.Helper()
	report, err := operations.SecretsStatus{Store: v.store, Keys: ring}.Execute(v.t.Context())
	require.NoError(v.t, err)
	return report
}

func (v *vault) start(ring port.KeyRing) operations.SecretsReport {
	v.t.Helper()
	report, err := operations.CheckCanary{Store: v.store, Keys: ring}.Execute(v.t.Context())
	require.NoError(v.t, err)
	return report
}

func (v *vault) canary() domain.SealedSecret {
	v.t.Helper()
	sealed, err := v.store.Platform().Sealed().Canary(v.t.Context(), "secret_key")
	require.NoError(v.t, err)
	return sealed
}

func (v *vault) reencrypt(ring port.KeyRing) operations.ReencryptResult {
	v.t.Helper()
	result, err := operations.Reencrypt{Store: v.store, Keys: ring}.Execute(v.t.Context(), func(operations.ReencryptResult) {})
	require.NoError(v.t, err)
	return result
}
