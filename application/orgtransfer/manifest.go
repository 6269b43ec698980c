package orgtransfer

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// maxOrigins is how many keys of other deployments a file can have.
const maxOrigins = 1000

// origin reads a key that sealed the audit log.
func (x *examination) origin(row port.OrgRow) error {
	through, _ := row["through"].(int64)
	switch {
	case len(x.origins) == maxOrigins:
		return wrong("", fmt.Sprintf("a file has at most %d keys", maxOrigins))
	case through < 1 || through > x.newest.Number:
		return wrong("through", "must be the number of a seal in this file")
	}
	x.origins = append(x.origins, domain.SealOrigin{
		Key: domain.KeyID(stringOf(row, "key")), PublicPEM: stringOf(row, "public_pem"), Org: domain.OrgID(stringOf(row, "former_org_id")),
		Through: through,
	})
	return nil
}

// seal reads a seal. Whether it is right is verified with the whole log.
func (x *examination) seal(row port.OrgRow) error {
	number, _ := row["number"].(int64)
	events, _ := row["events"].(int64)
	first, _ := row["first"].(int64)
	if number <= x.newest.Number || events < 1 || first < 1 {
		return wrong("number", "seals must be in the order of their numbers, each with an event")
	}
	x.newest = domain.SealRecord{Number: number, First: first, Events: int(events), Token: domain.SealToken(stringOf(row, "token"))}
	return nil
}

// prove verifies the manifest, and compares it with what was read.
func (x *examination) prove(row port.OrgRow) (err error) {
	x.digest = x.file.Digest()
	x.manifest, x.signedBy, err = x.deps.Manifests.Verify(stringOf(row, "signed"), x.origins)
	if err != nil {
		return wrong("signed", err.Error())
	}
	m := x.manifest
	switch {
	case m.Issuer == "" || m.Issuer != x.header.Issuer || m.Org != x.header.Org:
		return wrong("signed", "the manifest is of another file")
	case m.Digest != x.digest:
		return wrong("signed", "the rows were changed after the manifest was signed")
	case !maps.Equal(m.Rows, x.rows):
		return wrong("signed", "the manifest counts other rows than the file has")
	case !slices.Contains(x.deps.Files.PublicKeys(), m.Recipient):
		return ErrForwarded
	}
	return nil
}
