package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Devices stores remembered devices.
type Devices interface {
	Insert(ctx context.Context, device domain.Device) error
	// Lock returns a device, or domain.ErrNotFound, and locks it until the unit of work ends.
	Lock(ctx context.Context, id domain.DeviceID) (domain.Device, error)
	// Get returns a device, or domain.ErrNotFound.
	Get(ctx context.Context, id domain.DeviceID) (domain.Device, error)
	Update(ctx context.Context, device domain.Device) error
	// Forget ends a remembered device. It returns domain.ErrNotFound for a device that is unknown or has ended.
	Forget(ctx context.Context, id domain.DeviceID, reason domain.DeviceEnd, now time.Time) error
	// ForgetAll ends every remembered device of the account and returns how many it ended.
	ForgetAll(ctx context.Context, user domain.UserID, reason domain.DeviceEnd, now time.Time) (int, error)
	// ForgetAllOfOrg ends every remembered device of the org and returns how many it ended.
	ForgetAllOfOrg(ctx context.Context, reason domain.DeviceEnd, now time.Time) (int, error)
	// List returns the devices of the account, including those that have ended, most recently used first.
	List(ctx context.Context, user domain.UserID) ([]domain.Device, error)
}
