package account

import (
	"context"
	"slices"
	"strconv"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ListDevices returns the caller's remembered devices.
type ListDevices struct{ proof.Guard }

// Execute returns the devices that are remembered now under today's settings, last used first. With
// ended it also returns those that were forgotten in the last month, and why.
func (uc ListDevices) Execute(ctx context.Context, caller domain.Caller, ended bool) (devices []domain.Device, err error) {
	err = uc.Read(ctx, caller, proof.OwnAccount, func(tx proof.Unit) (err error) {
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
type RenameDevice struct{ proof.Guard }

// Execute returns ErrNotFound for a device of another account, or one that is forgotten.
func (uc RenameDevice) Execute(
	ctx context.Context, caller domain.Caller, id domain.DeviceID, name string,
) (device domain.Device, err error) {
	err = uc.Change(ctx, caller, proof.OwnAccount, func(tx proof.Unit) (err error) {
		if device, err = ownDevice(ctx, tx, id); err != nil {
			return err
		}
		before, details := device.Name, domain.Details{}
		if err := device.Rename(name); err != nil {
			return err
		}
		if err := tx.Devices().Update(ctx, device); err != nil {
			return err
		}
		if device.Name != before {
			details["name"] = domain.Difference(before, device.Name)
		}
		return tx.Record(ctx, domain.EventDeviceRenamed, domain.OnDevice(id), details)
	})
	return device.Under(caller.Settings.RememberDeviceDays, uc.Clock()), err
}

// ForgetDevice forgets one of the caller's remembered devices.
type ForgetDevice struct{ proof.Guard }

// Execute returns ErrNotFound for a device of another account, or one that is forgotten already.
func (uc ForgetDevice) Execute(ctx context.Context, caller domain.Caller, id domain.DeviceID) error {
	return uc.Change(ctx, caller, proof.OwnAccount, func(tx proof.Unit) error {
		if _, err := ownDevice(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.Devices().Forget(ctx, id, domain.DeviceForgotten, tx.Now); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventDeviceForgotten, domain.OnDevice(id), domain.Details{"reason": string(domain.DeviceForgotten)})
	})
}

// ForgetDevices forgets every remembered device of the caller.
type ForgetDevices struct{ proof.Guard }

// Execute also succeeds when there is no remembered device.
func (uc ForgetDevices) Execute(ctx context.Context, caller domain.Caller) error {
	return uc.Change(ctx, caller, proof.OwnAccount, func(tx proof.Unit) error {
		forgotten, err := tx.Devices().ForgetAll(ctx, caller.User.ID, domain.DeviceForgotten, tx.Now)
		if err != nil {
			return err
		}
		details := domain.Details{"forgotten": strconv.Itoa(forgotten)}
		return tx.Record(ctx, domain.EventDevicesForgotten, domain.OnAccount(caller.User.ID), details)
	})
}

// ownDevice locks a device that the caller's account still remembers.
func ownDevice(ctx context.Context, tx proof.Unit, id domain.DeviceID) (domain.Device, error) {
	device, err := tx.Devices().Lock(ctx, id)
	if err == nil && (device.User != tx.Caller.User.ID || !device.EndedAt.IsZero()) {
		err = domain.ErrNotFound
	}
	return device, err
}
