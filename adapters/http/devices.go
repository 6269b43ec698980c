package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// devicesAPI manages the remembered devices of the caller's account.
type devicesAPI struct{ uc account.UseCases }

func (a devicesAPI) mount(s *Server) {
	t := table{server: s, tag: "Me"}
	secured(t, "GET /me/devices", proof.OwnAccount, route{id: "list-devices"}, a.list)
	secured(t, "DELETE /me/devices", proof.OwnAccount, route{id: "forget-devices"}, a.forgetAll)
	secured(t, "PATCH /me/devices/{id}", proof.OwnAccount, route{id: "rename-device"}, byID(a.rename))
	secured(t, "DELETE /me/devices/{id}", proof.OwnAccount, route{id: "forget-device"}, doneByID[DevicePath](a.uc.ForgetDevice.Execute))
}

type device struct {
	ID         domain.DeviceID  `json:"id"`
	Name       string           `json:"name"`
	Skips      int              `json:"skips" doc:"How often the device skipped a code."`
	IP         string           `json:"ip" doc:"The address of its last use."`
	CreatedAt  time.Time        `json:"created_at"`
	LastUsedAt time.Time        `json:"last_used_at"`
	ExpiresAt  time.Time        `json:"expires_at" doc:"The earlier of its own expiry and the one that the current setting allows."`
	EndedAt    *time.Time       `json:"ended_at"`
	EndReason  domain.DeviceEnd `json:"end_reason,omitempty" doc:"Why the device was forgotten."`
}

func showDevice(d domain.Device) device {
	return device{
		ID: d.ID, Name: d.Name, Skips: d.Skips, IP: d.Address, CreatedAt: d.CreatedAt, LastUsedAt: d.LastUsedAt,
		ExpiresAt: d.ExpiresAt, EndedAt: maybe(d.EndedAt), EndReason: d.EndReason,
	}
}

type devicesRequest struct {
	Ended bool `query:"ended" doc:"Also list devices forgotten in the last month, with the reason."`
}

type devicesResponse struct{ Body page[device] }

func (a devicesAPI) list(ctx context.Context, caller domain.Caller, in *devicesRequest) (*devicesResponse, error) {
	devices, err := a.uc.ListDevices.Execute(ctx, caller, in.Ended)
	return &devicesResponse{Body: wholeList(devices, showDevice)}, err
}

// DevicePath names a remembered device.
type DevicePath struct {
	ID string `path:"id" maxLength:"64" doc:"The device's id."`
}

func (p DevicePath) id() (domain.DeviceID, error) { return domain.ParseID[domain.DeviceID](p.ID) }

type renameDeviceRequest struct {
	DevicePath
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"200" example:"Work laptop"`
	}
}

type deviceResponse struct{ Body device }

func (a devicesAPI) rename(
	ctx context.Context, caller domain.Caller, id domain.DeviceID, in *renameDeviceRequest,
) (*deviceResponse, error) {
	renamed, err := a.uc.RenameDevice.Execute(ctx, caller, id, in.Body.Name)
	return &deviceResponse{Body: showDevice(renamed)}, err
}

func (a devicesAPI) forgetAll(ctx context.Context, caller domain.Caller, _ *nothing) (*nothing, error) {
	return nil, a.uc.ForgetDevices.Execute(ctx, caller)
}
