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

// Caller is a Principal whose session was found to be in order.
type Caller struct {
	Origin
	Principal
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
	if IsOwner(roles) && !IsOwner(p.Roles) {
		return false // an admin holds the same permissions, but no ownership
	}
	held := p.Permissions()
	return !slices.ContainsFunc(PermissionsOf(roles, p.Org), func(permission Permission) bool { return !slices.Contains(held, permission) })
}

// SessionFacts gathers what DecideSession asks.
func (p Principal) SessionFacts() SessionFacts {
	return SessionFacts{
		OrgActive: p.Org.Active(), AccountActive: p.User.Active(),
		AdminRole: AnyAdmin(p.Roles), Session: p.Session,
	}
}

// Visitor is the caller seen as anyone at the org.
func (c Caller) Visitor() Visitor { return Visitor{c.Origin, c.Org.ID} }
