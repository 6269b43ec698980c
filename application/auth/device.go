package auth

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// provenDevice returns the remembered device of the account whose token was sent; empty when there is
// none. Whether the device replaces the second factor is decided later.
func (f Flow) provenDevice(ctx context.Context, tx port.OrgTx, user domain.User, presented domain.Secret) (domain.DeviceID, error) {
	token, err := f.DeviceTokens.Parse(presented)
	if err != nil {
		return "", nil //nolint:nilerr // an invalid token counts as none
	}
	device, err := tx.Devices().Get(ctx, token.Device)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return "", nil
	case err != nil || !device.Proves(user.ID, token.Hash, f.DeviceGrace, f.Clock()):
		return "", err
	}
	return device.ID, nil
}

// device decides whether the device token of the step skips the second factor. Within the grace a rotated
// token counts like its successor. After that somebody must have copied it, so the device is forgotten.
func (f Flow) device(ctx context.Context, tx port.OrgTx, s *step, policy domain.Policy) (domain.DeviceVerdict, domain.Device, error) {
	if s.deviceToken.IsZero() {
		return domain.DeviceNone, domain.Device{}, nil
	}
	token, err := f.DeviceTokens.Parse(s.deviceToken)
	if err != nil || token.Org != s.org.ID {
		return domain.DeviceNone, domain.Device{}, nil //nolint:nilerr // an invalid token counts as none
	}
	device, err := tx.Devices().Lock(ctx, token.Device)
	spent, repeated := device.Rotated(token.Hash, f.DeviceGrace, s.now)
	s.presented, s.repeated = token, spent.SealedSuccessor
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return domain.DeviceNone, device, nil
	case err != nil:
		return "", device, err
	case device.User != s.user.ID || !device.EndedAt.IsZero():
		return domain.DeviceNone, device, nil
	case !repeated && !device.TokenHash.Equal(token.Hash):
		return domain.DeviceNone, device, f.forgetDevice(ctx, tx, s, device)
	}
	return domain.DecideDevice(policy, device, domain.AnyAdmin(s.roles), s.now), device, nil
}

func (f Flow) forgetDevice(ctx context.Context, tx port.OrgTx, s *step, device domain.Device) error {
	if err := tx.Devices().Forget(ctx, device.ID, domain.DeviceTokenReused, s.now); err != nil {
		return err
	}
	details := domain.Details{"reason": "rotated token presented again"}
	return tx.Audit().Append(ctx, s.actor().Did(domain.EventDeviceForgotten, domain.OnDevice(device.ID), details).Stamp(f.NewID(), s.now))
}

// useDevice records the sign-in without a code and rotates the token, unless it was rotated within
// the grace.
func (f Flow) useDevice(ctx context.Context, tx port.OrgTx, s *step, device domain.Device) error {
	next, err := f.successor(s, &device)
	if err != nil {
		return err
	}
	device.Use(s.visitor.Address, s.now)
	s.device, s.deviceDays = next.Secret, strconv.Itoa(int(s.now.Sub(device.CreatedAt)/(24*time.Hour)))
	s.proven = append(s.proven, domain.AMRRememberedDevice)
	return tx.Devices().Update(ctx, device)
}

// successor returns the token that replaces the presented one: a new one, or the one that the
// first use of a rotated token got.
func (f Flow) successor(s *step, device *domain.Device) (port.DeviceToken, error) {
	if s.repeated != nil {
		return f.DeviceTokens.Open(s.presented, s.repeated)
	}
	next := f.DeviceTokens.New(s.org.ID, device.ID)
	sealed, err := f.DeviceTokens.Seal(s.presented, next)
	if err == nil {
		device.Rotate(next.Hash, sealed, f.DeviceGrace, s.now)
	}
	return next, err
}

// rememberDevice lets this browser skip the second factor for as long as the org allows.
func (f Flow) rememberDevice(ctx context.Context, tx port.OrgTx, s *step, policy domain.Policy) error {
	device := domain.Device{
		ID: domain.DeviceID(f.NewID()), User: s.user.ID, Name: f.BrowserName(s.visitor.UserAgent), Address: s.visitor.Address,
		CreatedAt: s.now, LastUsedAt: s.now, ExpiresAt: s.now.AddDate(0, 0, policy.RememberDeviceDays),
	}
	token := f.DeviceTokens.New(s.org.ID, device.ID)
	device.TokenHash, s.device = token.Hash, token.Secret
	if err := tx.Devices().Insert(ctx, device); err != nil {
		return err
	}
	err := tx.Emails().Send(ctx, domain.EmailMessage{
		Kind: domain.EmailDeviceRemembered, To: s.user.Email, At: s.now, Origin: s.visitor.Origin,
		Details: map[string]string{"device": device.Name},
	})
	if err != nil {
		return err
	}
	return tx.Audit().Append(ctx, s.actor().Did(domain.EventDeviceRemembered, domain.OnDevice(device.ID), nil).Stamp(f.NewID(), s.now))
}
