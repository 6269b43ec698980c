package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var deviceCases = []storeCase{
	{"keeps every field of a device", devicesRoundTrip},
	{"refuses a device of an unknown account", devicesOfNobody},
	{"returns ErrNotFound for an unknown device", devicesUnknown},
	{"updates the fields that the use of a device changes", devicesUpdate},
	{"serialises 20 parallel changes of a locked device", devicesLock},
	{"lists the devices of one account", devicesList},
	{"forgets one device, or all of an account", devicesForget},
	{"forgets every device of the org, and of no other", devicesForgetOfOrg},
	{"forgets a device once", devicesForgetOnce},
}

func getDevice(t *testing.T, x *tenant, id domain.DeviceID) domain.Device {
	t.Helper()
	return lock(t, x, func(tx port.OrgTx) (domain.Device, error) { return tx.Devices().Lock(t.Context(), id) })
}

func listDevices(t *testing.T, x *tenant, user domain.UserID) []domain.Device {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.Device, error) { return tx.Devices().List(t.Context(), user) })
}

func (x *tenant) device(t *testing.T, user domain.UserID) domain.Device {
	t.Helper()
	device := newDevice(user)
	x.do(t, func(tx port.OrgTx) error { return tx.Devices().Insert(t.Context(), device) })
	return device
}

func (x *tenant) forget(t *testing.T, id domain.DeviceID) error {
	return x.unit(t, func(tx port.OrgTx) error {
		return tx.Devices().Forget(t.Context(), id, domain.DeviceForgotten, storeNow)
	})
}

func variedDevices(user domain.UserID) []domain.Device {
	var varied []domain.Device
	add := func(change func(d *domain.Device)) {
		device := newDevice(user)
		change(&device)
		varied = append(varied, device)
	}
	add(func(*domain.Device) {})
	add(func(d *domain.Device) { d.Name, d.TokenHash, d.Address = oddText, oddText, "2001:db8::1" })
	add(func(d *domain.Device) { d.Name, d.TokenHash, d.Address = longText(), "", "" })
	add(func(d *domain.Device) { d.Skips = 1 << 30 })
	add(func(d *domain.Device) {
		d.Spent = []domain.SpentToken{
			{Hash: "first", RotatedAt: storeNow, SealedSuccessor: []byte{0, 1, 255}},
			{Hash: oddText, RotatedAt: storeNow.Add(time.Second)},
		}
	})
	for _, instant := range instants() {
		add(func(d *domain.Device) { d.CreatedAt, d.LastUsedAt, d.ExpiresAt = instant, instant, instant })
	}
	return varied
}

func devicesRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	varied := variedDevices(user.ID)
	for _, device := range varied {
		x.do(t, func(tx port.OrgTx) error { return tx.Devices().Insert(t.Context(), device) })
		require.Equal(t, device, getDevice(t, x, device.ID))
		require.Equal(t, device, ask(t, x, func(tx port.OrgTx) (domain.Device, error) { return tx.Devices().Get(t.Context(), device.ID) }))
	}
	require.ElementsMatch(t, varied, listDevices(t, x, user.ID))
}

func devicesOfNobody(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	device := newDevice(domain.UserID(newStoreID()))
	mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error { return tx.Devices().Insert(t.Context(), device) }))
}

func devicesUnknown(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	unknown := newDevice(x.user(t).ID)
	mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error {
		_, err := tx.Devices().Lock(t.Context(), unknown.ID)
		return err
	}))
	mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error {
		_, err := tx.Devices().Get(t.Context(), unknown.ID)
		return err
	}))
	require.Error(t, x.unit(t, func(tx port.OrgTx) error { return tx.Devices().Update(t.Context(), unknown) }))
	require.Error(t, x.forget(t, unknown.ID))
}

func devicesUpdate(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	untouched := x.device(t, user.ID)
	for _, wanted := range variedDevices(user.ID) {
		device := x.device(t, user.ID)
		wanted.ID, wanted.CreatedAt = device.ID, device.CreatedAt
		x.do(t, func(tx port.OrgTx) error { return tx.Devices().Update(t.Context(), wanted) })
		require.Equal(t, wanted, getDevice(t, x, device.ID))
	}
	require.Equal(t, untouched, getDevice(t, x, untouched.ID))
}

func devicesLock(t *testing.T, store port.Store) {
	const parallel = 20
	x := newTenant(t, store)
	device := x.device(t, x.user(t).ID)
	for _, err := range crowd(parallel, func(int) error {
		return x.unit(t, func(tx port.OrgTx) error {
			d, err := tx.Devices().Lock(t.Context(), device.ID)
			if err != nil {
				return err
			}
			d.Use("192.0.2.7", storeNow.Add(time.Minute))
			return tx.Devices().Update(t.Context(), d)
		})
	}) {
		require.NoError(t, err)
	}
	require.Equal(t, parallel, getDevice(t, x, device.ID).Skips)
}

func devicesList(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	require.Empty(t, listDevices(t, x, user.ID))
	first, second, others := x.device(t, user.ID), x.device(t, user.ID), x.device(t, other.ID)
	require.ElementsMatch(t, []domain.Device{first, second}, listDevices(t, x, user.ID))
	require.Equal(t, []domain.Device{others}, listDevices(t, x, other.ID))
}

// ended returns the device as it is stored after it was forgotten.
func ended(d domain.Device) domain.Device {
	d.TokenHash, d.Spent, d.EndedAt, d.EndReason = "", nil, storeNow, domain.DeviceForgotten
	return d
}

func devicesForget(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, other := x.user(t), x.user(t)
	first, second, third, others := x.device(t, user.ID), x.device(t, user.ID), x.device(t, user.ID), x.device(t, other.ID)
	require.NoError(t, x.forget(t, first.ID))
	require.ElementsMatch(t, []domain.Device{ended(first), second, third}, listDevices(t, x, user.ID))
	for _, want := range []int{2, 0} {
		require.Equal(t, want, lock(t, x, func(tx port.OrgTx) (int, error) {
			return tx.Devices().ForgetAll(t.Context(), user.ID, domain.DeviceForgotten, storeNow)
		}))
		require.ElementsMatch(t, []domain.Device{ended(first), ended(second), ended(third)}, listDevices(t, x, user.ID))
	}
	require.Equal(t, []domain.Device{others}, listDevices(t, x, other.ID))
}

func devicesForgetOfOrg(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	one, two, theirs := x.device(t, x.user(t).ID), x.device(t, x.user(t).ID), y.device(t, y.user(t).ID)
	for _, want := range []int{2, 0} {
		require.Equal(t, want, lock(t, x, func(tx port.OrgTx) (int, error) {
			return tx.Devices().ForgetAllOfOrg(t.Context(), domain.DeviceForgotten, storeNow)
		}))
	}
	require.Equal(t, ended(one), getDevice(t, x, one.ID))
	require.Equal(t, ended(two), getDevice(t, x, two.ID))
	require.Equal(t, theirs, getDevice(t, y, theirs.ID))
}

func devicesForgetOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	device := x.device(t, x.user(t).ID)
	oneOf(t, 20, domain.ErrNotFound, func(int) error { return x.forget(t, device.ID) })
}
