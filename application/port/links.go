package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Links stores the hashes of links that were sent by email. An account can have several for one purpose.
type Links interface {
	// Put adds a link. The account's other links stay valid.
	Put(ctx context.Context, link domain.Link) error
	// Get returns a link. It must return domain.ErrLinkGone for a link that is unknown, revoked, used or expired.
	Get(ctx context.Context, purpose domain.LinkPurpose, hash domain.TokenHash, now time.Time) (domain.Link, error)
	// Take does what Get does and removes every link of the account, whatever its purpose. Of parallel calls with links
	// of one account exactly one must succeed.
	Take(ctx context.Context, purpose domain.LinkPurpose, hash domain.TokenHash, now time.Time) (domain.Link, error)
	// Has reports whether the account has such a link that has not expired.
	Has(ctx context.Context, purpose domain.LinkPurpose, user domain.UserID, now time.Time) (bool, error)
	// Void removes the links of the account for the purpose.
	Void(ctx context.Context, purpose domain.LinkPurpose, user domain.UserID) error
	// VoidAll removes every link of the account.
	VoidAll(ctx context.Context, user domain.UserID) error
	// VoidAllOfOrg removes every link of the org and returns how many.
	VoidAllOfOrg(ctx context.Context) (int, error)
}
