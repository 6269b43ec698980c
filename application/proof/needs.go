package proof

import "github.com/sole-platform/sole/domain"

// Needs is what a use case requires of its caller. A use case declares it once, in an exported
// variable beside itself (members.SuspendNeeds). The use case passes it to Guard; an inbound
// adapter passes the same variable to Check, to refuse a request before it reads the body.
//
// The zero Needs refuse every caller, so that a forgotten declaration never permits anything.
type Needs struct {
	// Permission that the caller must hold in the org.
	Permission domain.Permission
	// Action that wants a step-up when the org, or the service itself, guards it; empty when
	// the use case needs no step-up.
	Action domain.Action
	// OwnAccount says that the use case concerns the caller's own account only. A platform
	// operator who acts for another org has no account there and is refused, and so is a service
	// account, which has neither profile nor sign-in.
	OwnAccount bool
	// ServiceAccounts says that a use case of OwnAccount is for service accounts too.
	ServiceAccounts bool
	// SignedIn says that a live session, or an API key, is enough.
	SignedIn bool
}

// The needs of use cases that require no permission and no step-up.
var (
	// OwnAccount needs a live session in the org of the caller's own account.
	OwnAccount = Needs{OwnAccount: true}
	// OwnIdentity is OwnAccount for service accounts too.
	OwnIdentity = Needs{OwnAccount: true, ServiceAccounts: true}
	// SignedIn needs nothing but a live session or an API key.
	SignedIn = Needs{SignedIn: true}
)

// Check returns nil when the caller, as read at this request, has the permission. It returns
// ErrPermissionDenied when not, and ErrOrgMismatch for a caller from another org where only the
// caller's own account is concerned, and ErrPersonOnly for a service account there. It reads nothing. The step-up is left to Guard.
func (n Needs) Check(caller domain.Caller) error {
	if n.OwnAccount && caller.ActingFor() {
		return domain.ErrOrgMismatch
	}
	if n.OwnAccount && caller.Service() && !n.ServiceAccounts {
		return domain.ErrPersonOnly
	}
	if n.Permission == "" && (n.OwnAccount || n.SignedIn) {
		return nil
	}
	facts := caller.PermissionFacts(n.Permission)
	if domain.DecidePermission(domain.Policy{}, facts).Outcome == domain.Granted {
		return nil
	}
	return domain.ErrPermissionDenied.Because(domain.AccountDecision(caller.Principal, &facts))
}

// WithoutStepUp returns the needs without the action: for what a use case reads to find out
// whether a request wants a step-up.
func (n Needs) WithoutStepUp() Needs { return n.StepUpIf(false) }

// StepUpIf returns the needs, without the action unless the effect of the request is guarded.
func (n Needs) StepUpIf(guarded bool) Needs {
	if !guarded {
		n.Action = ""
	}
	return n
}
