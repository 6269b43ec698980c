package account

import (
	"context"
	"slices"
	"strconv"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// ListDevices shows the caller's remembered devices.
type ListDevices struct {
	Store port.Store
	Clock port.Clock
}

// Execute lists what is remembered as of now, under today's setting, last used first;
// with ended also what was forgotten in the last month, and why.
func (uc ListDevices) Execute(ctx context.Context, caller domain.Caller, ended bool) (devices []domain.Device, err error) {
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
		devices, err = tx.Devices().List(ctx, caller.User.ID)
		return err
	})
	now := uc.Clock()
	for i, device := range devices {
		devices[i] = device.Under(caller.Settings.RememberDeviceDays, now)
	}
	if !ended {
		devices = slices.DeleteFunc(devices, func(d domain.Device) bool { return !d.EndedAt.IsZero() })
	}
	return devices, err
}

// RenameDevice gives one of the caller's remembered devices another name.
type RenameDevice struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute answers ErrNotFound for a device of anyone else, or one that is forgotten.
func (uc RenameDevice) Execute(ctx context.Context, caller domain.Caller, id domain.DeviceID, name string) (device domain.Device, err error) {
	now := uc.Clock()
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
		if device, err = ownDevice(ctx, tx, caller, id); err != nil {
			return err
		}
		before := device.Name
		if err := device.Rename(name); err != nil {
			return err
		}
		if err := tx.Devices().Update(ctx, device); err != nil {
			return err
		}
		event := did(domain.EventDeviceRenamed, uc.NewID, caller, now, "device", string(id))
		if device.Name != before {
			event.Details["name"] = domain.Difference(before, device.Name)
		}
		return tx.Audit().Append(ctx, event)
	})
	return device.Under(caller.Settings.RememberDeviceDays, now), err
}

// ForgetDevice forgets one of the caller's remembered devices.
type ForgetDevice struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute answers ErrNotFound for a device of anyone else, or one that is forgotten already.
func (uc ForgetDevice) Execute(ctx context.Context, caller domain.Caller, id domain.DeviceID) error {
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		if _, err := ownDevice(ctx, tx, caller, id); err != nil {
			return err
		}
		if err := tx.Devices().Forget(ctx, id, domain.DeviceForgotten, now); err != nil {
			return err
		}
		event := did(domain.EventDeviceForgotten, uc.NewID, caller, now, "device", string(id))
		event.Details["reason"] = string(domain.DeviceForgotten)
		return tx.Audit().Append(ctx, event)
	})
}

// ForgetDevices forgets every remembered device of the caller.
type ForgetDevices struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute succeeds also when there is none.
func (uc ForgetDevices) Execute(ctx context.Context, caller domain.Caller) error {
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		forgotten, err := tx.Devices().ForgetAll(ctx, caller.User.ID, domain.DeviceForgotten, now)
		if err != nil {
			return err
		}
		event := did(domain.EventDevicesForgotten, uc.NewID, caller, now, "account", string(caller.User.ID))
		event.Details["forgotten"] = strconv.Itoa(forgotten)
		return tx.Audit().Append(ctx, event)
	})
}

// ownDevice locks a device that the caller's account still remembers.
func ownDevice(ctx context.Context, tx port.OrgTx, caller domain.Caller, id domain.DeviceID) (domain.Device, error) {
	device, err := tx.Devices().Lock(ctx, id)
	if err == nil && (device.User != caller.User.ID || !device.EndedAt.IsZero()) {
		err = domain.ErrNotFound
	}
	return device, err
}
