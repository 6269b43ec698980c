package proof

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// NewPassword judges and hashes a password that is to be an account's from now on.
type NewPassword struct {
	Hasher port.PasswordHasher
	Limits domain.ServerLimits
}

// Hash refuses what the org's rules refuse, and the current password itself.
func (n NewPassword) Hash(ctx context.Context, password domain.Secret, current domain.PasswordHash, user domain.User, org domain.Org, settings domain.OrgSettings) (domain.PasswordHash, error) {
	if err := domain.CheckPassword(password, settings.Policy(n.Limits).PasswordMinLength, user, org); err != nil {
		return "", err
	}
	if current != "" {
		same, _, err := n.Hasher.Verify(ctx, current, password)
		if err != nil {
			return "", err
		}
		if same {
			return "", domain.Invalid("body.new_password", "must differ from the current password")
		}
	}
	return n.Hasher.Hash(ctx, password)
}
