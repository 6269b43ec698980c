package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

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
	return device{d.ID, d.Name, d.Skips, d.Address, d.CreatedAt, d.LastUsedAt, d.ExpiresAt, maybe(d.EndedAt), d.EndReason}
}

type devicesRequest struct {
	Ended bool `query:"ended" doc:"Also list devices forgotten in the last month, with the reason."`
}

type devicesResponse struct{ Body page[device] }

func (s *Server) listDevices(ctx context.Context, caller domain.Caller, in *devicesRequest) (*devicesResponse, error) {
	devices, err := s.uc.ListDevices.Execute(ctx, caller, in.Ended)
	items := make([]device, len(devices))
	for i, d := range devices {
		items[i] = showDevice(d)
	}
	return &devicesResponse{page[device]{Items: items}}, err
}

type deviceRequest struct {
	ID string `path:"id" maxLength:"64" doc:"The device's id."`
}

type renameDeviceRequest struct {
	ID   string `path:"id" maxLength:"64" doc:"The device's id."`
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"200" example:"Work laptop"`
	}
}

type deviceResponse struct{ Body device }

func (s *Server) renameDevice(ctx context.Context, caller domain.Caller, in *renameDeviceRequest) (*deviceResponse, error) {
	id, err := domain.ParseID[domain.DeviceID](in.ID)
	if err != nil {
		return nil, err
	}
	renamed, err := s.uc.RenameDevice.Execute(ctx, caller, id, in.Body.Name)
	return &deviceResponse{showDevice(renamed)}, err
}

func (s *Server) forgetDevice(ctx context.Context, caller domain.Caller, in *deviceRequest) (*nothing, error) {
	id, err := domain.ParseID[domain.DeviceID](in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.uc.ForgetDevice.Execute(ctx, caller, id)
}

func (s *Server) forgetDevices(ctx context.Context, caller domain.Caller, _ *nothing) (*nothing, error) {
	return nil, s.uc.ForgetDevices.Execute(ctx, caller)
}
