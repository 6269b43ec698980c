package account

import (
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
)

// UseCases is what accounts do with their own data.
type UseCases struct {
	ListSessions        ListSessions
	RevokeSession       RevokeSession
	RevokeOtherSessions RevokeOtherSessions
	ListDevices         ListDevices
	RenameDevice        RenameDevice
	ForgetDevice        ForgetDevice
	ForgetDevices       ForgetDevices
	Profile             Profile
	UpdateProfile       UpdateProfile
	ChangeEmail         ChangeEmail
	ConfirmEmail        ConfirmEmail
	Export              Export
}

// Deps is what these use cases need.
type Deps struct {
	Guard   proof.Guard
	Fresh   proof.FreshSignIn
	Limiter port.Limiter
	Links   port.OpaqueTokens // of the emails that confirm a new address
	NoMail  bool              // the deployment sends no mail
	Records port.PasskeyRecords
}

// New returns the use cases.
func New(d Deps) UseCases {
	g := d.Guard
	return UseCases{
		ListSessions:        ListSessions{g},
		RevokeSession:       RevokeSession{g},
		RevokeOtherSessions: RevokeOtherSessions{g},
		ListDevices:         ListDevices{g},
		RenameDevice:        RenameDevice{g},
		ForgetDevice:        ForgetDevice{g},
		ForgetDevices:       ForgetDevices{g},
		Profile:             Profile{g},
		UpdateProfile:       UpdateProfile{g},
		ChangeEmail:         ChangeEmail{Fresh: d.Fresh, Links: d.Links, Limiter: d.Limiter, NoMail: d.NoMail},
		ConfirmEmail:        ConfirmEmail{Store: g.Store, Links: d.Links, Wrong: g.Wrong, Clock: g.Clock, NewID: g.NewID},
		Export:              Export{Guard: g, Records: d.Records},
	}
}
