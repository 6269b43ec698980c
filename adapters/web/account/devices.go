package account

import (
	"errors"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/domain"
)

const devicesPath = "/account/devices"

// signedIn is where and on which devices an account is signed in or remembered.
type signedIn struct {
	sessions []domain.Session // the caller's own first
	devices  []domain.Device
	ended    []domain.Device // forgotten in the last month
	renaming domain.DeviceID // whose new name was refused
	refused  *page.Errors
}

func (p Pages) devices(r *page.Request) error { return p.showDevices(r, "", nil) }

func (p Pages) showDevices(r *page.Request, renaming domain.DeviceID, refused *page.Errors) error {
	shown := signedIn{renaming: renaming, refused: refused}
	live, err := p.Account.ListSessions.Execute(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	for _, session := range live {
		if session.ID == r.Caller.Session.ID {
			shown.sessions = append([]domain.Session{session}, shown.sessions...)
			continue
		}
		shown.sessions = append(shown.sessions, session)
	}
	all, err := p.Account.ListDevices.Execute(r.Context(), r.Caller, true)
	if err != nil {
		return err
	}
	for _, device := range all {
		if device.EndedAt.IsZero() {
			shown.devices = append(shown.devices, device)
		} else {
			shown.ended = append(shown.ended, device)
		}
	}
	return r.Show(refused.Status(), devices(r.Caller, shown))
}

// endSession ends another session. One that has ended already is as the person wanted it.
func (p Pages) endSession(r *page.Request) error {
	id, err := domain.ParseID[domain.SessionID](r.Param("id"))
	if err == nil {
		err = p.Account.RevokeSession.Execute(r.Context(), r.Caller, id)
	}
	return p.devicesDone(r, err, "session_ended")
}

func (p Pages) endOtherSessions(r *page.Request) error {
	return p.devicesDone(r, p.Account.RevokeOtherSessions.Execute(r.Context(), r.Caller), "other_sessions_ended")
}

// endAllSessions also ends the caller's own session.
func (p Pages) endAllSessions(r *page.Request) error {
	if err := p.Auth.LogoutAll.Execute(r.Context(), r.Caller); err != nil {
		return err
	}
	return r.SignedOut("signed_out_everywhere")
}

func (p Pages) renameDevice(r *page.Request) error {
	id, err := domain.ParseID[domain.DeviceID](r.Param("id"))
	if err != nil {
		return err
	}
	if _, err = p.Account.RenameDevice.Execute(r.Context(), r.Caller, id, r.Field("name")); err == nil {
		return r.Done(devicesPath, "device_renamed")
	}
	if shown := r.Errors(err); shown.Is(domain.CodeInvalid) {
		return p.showDevices(r, id, shown)
	}
	return err
}

// forgetDevice forgets a remembered device. One that is forgotten already is as the person wanted it.
func (p Pages) forgetDevice(r *page.Request) error {
	id, err := domain.ParseID[domain.DeviceID](r.Param("id"))
	if err == nil {
		err = p.Account.ForgetDevice.Execute(r.Context(), r.Caller, id)
	}
	return p.devicesDone(r, err, "device_forgotten")
}

func (p Pages) forgetDevices(r *page.Request) error {
	return p.devicesDone(r, p.Account.ForgetDevices.Execute(r.Context(), r.Caller), "devices_forgotten")
}

func (Pages) devicesDone(r *page.Request, err error, done string) error {
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return err
	}
	return r.Done(devicesPath, done)
}
