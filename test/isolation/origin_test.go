package isolation

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// addOrigin stores a key of another deployment that can have signed the first seal of the org.
func (w *world) addOrigin(t *testing.T, o *org) {
	t.Helper()
	key, err := jose.GenerateKey(domain.ES256, 0)
	require.NoError(t, err)
	id, err := jose.KeyID(key.Public())
	require.NoError(t, err)
	pem, err := jose.EncodePublicKey(key.Public())
	require.NoError(t, err)
	section := port.OrgSectionFields{Section: port.SectionOrigins, Key: 2, Fields: []port.OrgField{
		{Name: "key", Kind: port.FieldText}, {Name: "former_org_id", Kind: port.FieldText}, {Name: "through", Kind: port.FieldNumber},
		{Name: "public_pem", Kind: port.FieldText},
	}}
	row := port.OrgRow{"key": id, "former_org_id": o.id, "through": int64(1), "public_pem": string(pem)}
	require.NoError(t, w.app.Store.ImportOrg(t.Context(), domain.OrgID(o.id), func(_ port.OrgTx, rows port.OrgRows) error {
		return rows.Insert(t.Context(), section, []port.OrgRow{row})
	}))
}
