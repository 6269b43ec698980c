package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// Roles stores the roles of the org and which accounts hold them.
type Roles interface {
	// List returns every role, system roles first.
	List(ctx context.Context) ([]domain.Role, error)
	// Insert adds a role.
	Insert(ctx context.Context, role domain.Role) error
	// Get returns a role. It must return domain.ErrNotFound for a role of another org.
	Get(ctx context.Context, id domain.RoleID) (domain.Role, error)
	// Update stores name, description and permissions and increments the version. It must return domain.ErrStale for a role
	// that was read before another update.
	Update(ctx context.Context, role domain.Role) error
	// Remove removes a role. It must return domain.ErrRoleHeld if an account holds it.
	Remove(ctx context.Context, id domain.RoleID) error
	// Of returns the roles that an account holds.
	Of(ctx context.Context, user domain.UserID) ([]domain.Role, error)
	// Owners returns the accounts that hold the owner role, ordered by id, including those that cannot sign in.
	Owners(ctx context.Context) ([]domain.User, error)
	// CountHolders returns how many accounts hold each role, by role. A role that no account holds is left out.
	CountHolders(ctx context.Context) (map[domain.RoleID]int, error)
	// Assign replaces the roles of an account. Of parallel calls the roles of one are stored, never a mix. It returns
	// domain.ErrNotFound for a role or an account of another org.
	Assign(ctx context.Context, user domain.UserID, roles []domain.RoleID) error
}
