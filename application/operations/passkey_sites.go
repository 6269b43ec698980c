package operations

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// PasskeySites counts the passkeys of all orgs by the RP ID that they were registered for. A passkey works for that one only.
type PasskeySites struct {
	Store   port.Store
	Records port.PasskeyRecords
}

// passkeyPage is how many passkeys are read at a time.
const passkeyPage = 1000

// Execute reads every passkey, which is too slow for a request.
func (uc PasskeySites) Execute(ctx context.Context) (map[string]int, error) {
	counts, after := map[string]int{}, port.OrgAuthenticator{}
	for {
		page, err := uc.Store.Platform().Authenticators(ctx, domain.FactorPasskey, after, passkeyPage)
		if err != nil {
			return nil, err
		}
		for _, stored := range page {
			passkey, err := uc.Records.Decode(stored.Authenticator)
			if err != nil {
				return nil, err
			}
			counts[passkey.RPID]++
		}
		if len(page) < passkeyPage {
			return counts, nil
		}
		after = page[len(page)-1]
	}
}
