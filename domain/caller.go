package domain

import (
	"net/netip"
	"slices"
)

// Origin is where a request comes from; nothing is known of who sent it.
type Origin struct {
	Address   string // the client's, seen through trusted proxies only
	UserAgent string
	RequestID string
	HomeOrg   OrgID // of a platform operator who acts in another org: their own; else empty
}

// Network is what a client is counted under: its IPv4 address, or the whole /64 that an
// IPv6 client owns.
func (o Origin) Network() string {
	address, err := netip.ParseAddr(o.Address)
	if err != nil || address.Is4() {
		return o.Address
	}
	network, err := address.Prefix(64)
	if err != nil {
		return o.Address
	}
	return network.String()
}

// Visitor is someone at a known org who has not proven who they are.
type Visitor struct {
	Origin
	Org OrgID // empty when only the token in the request can tell
}

// Admits tells whether a token of org may be used here.
func (v Visitor) Admits(org OrgID) bool { return v.Org == "" || v.Org == org }

// Principal is everything a decision about a signed-in account needs, as of this instant.
type Principal struct {
	Org           Org
	Settings      OrgSettings
	User          User
	Session       Session
	Roles         []Role
	Authenticator Authenticator
}

// Caller is a Principal whose session was found to be in order. HomeOrg, where it is set,
// tells that they act for another org: Org, Settings and Roles are then of that org, User
// and Session of their own.
type Caller struct {
	Origin
	Principal
	StepUp Secret // the step-up token that came with the request; zero without one
}

// MayEditProfile returns ErrProfileFixed when the org does not let its members edit their profiles.
func (p Principal) MayEditProfile() error {
	if p.Settings.AllowProfileEdit {
		return nil
	}
	return ErrProfileFixed.Because(AccountDecision(p, &AllowanceFacts{Setting: "allow_profile_edit"}))
}

// Permissions is what the account may do in its org.
func (p Principal) Permissions() []Permission { return PermissionsOf(p.Roles, p.Org) }

// Can tells whether the account holds the permission.
func (p Principal) Can(permission Permission) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return slices.Contains(r.Permissions(p.Org), permission) })
}

// Outranks tells whether the account holds all that roles would give another one: nobody
// acts on an account above their own.
func (p Principal) Outranks(roles []Role) bool {
	return DecideRank(Policy{}, p.RankFacts(roles)).Outcome == Granted
}

// Grants refuses roles that would give more than the caller holds, with ErrEscalation:
// nobody grants what they lack.
func (p Principal) Grants(roles []Role) error {
	if !p.Outranks(roles) {
		return ErrEscalation.Because(p.RankDecision(roles))
	}
	return nil
}

// SessionFacts gathers what DecideSession asks.
func (p Principal) SessionFacts() SessionFacts {
	return SessionFacts{
		OrgActive: p.Org.Active(), AccountActive: p.User.Active(),
		AdminRole: AnyAdmin(p.Roles), Session: p.Session,
	}
}

// Operator tells whether the account may manage orgs, and act in orgs that are not its
// own: only one of the operators' org may, in a session that has proven a second factor.
func (p Principal) Operator() bool {
	return p.Org.Platform && p.Can(PermPlatformManage) && p.Session.SatisfiesMFA()
}

// ActFor is the operator acting for another org, with the permissions of an administrator
// there: neither ownership nor the platform's. All that the caller does is audited with
// the org they come from, for an event's Origin carries it.
func (c Caller) ActFor(org Org, settings OrgSettings) Caller {
	c.Origin = c.OriginIn(org.ID)
	c.Org, c.Settings, c.Roles = org, settings, []Role{{Name: RoleAdmin, System: true}}
	return c
}

// ActingFor tells whether the org is another than the caller's own.
func (c Caller) ActingFor() bool { return c.HomeOrg != "" }

// OriginIn is the origin of what the caller does in an org, for the events of that org.
func (c Caller) OriginIn(org OrgID) Origin {
	origin := c.Origin
	if origin.HomeOrg == "" && org != c.Org.ID {
		origin.HomeOrg = c.Org.ID
	}
	return origin
}

// AtHome is the principal in the org of their own account, where they prove themselves.
// Only the org's id is of that org when they act for another.
func (c Caller) AtHome() Principal {
	p := c.Principal
	if c.ActingFor() {
		p.Org = Org{ID: c.HomeOrg}
	}
	return p
}

// Visitor is the caller seen as anyone at the org.
func (c Caller) Visitor() Visitor { return Visitor{c.Origin, c.Org.ID} }
