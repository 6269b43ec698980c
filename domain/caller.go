package domain

import (
	"net/netip"
	"slices"
)

// Origin is the source of a request, whoever sent it.
type Origin struct {
	Address   string // of the client, as reported by trusted proxies only
	UserAgent string
	RequestID string
	HomeOrg   OrgID // of a platform operator who acts in another org: their own org; otherwise empty
}

// Network is the key under which the requests of a client are counted: its IPv4 address, or the
// whole /64 of an IPv6 client.
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

// Visitor is a sender of requests to an org who has not signed in.
type Visitor struct {
	Origin
	Org OrgID // empty when only the token in the request names the org
}

// Admits reports whether a token of org may be used in this request.
func (v Visitor) Admits(org OrgID) bool { return v.Org == "" || v.Org == org }

// Principal is everything that a decision about a signed-in account needs, as read at this request.
type Principal struct {
	Org      Org
	Settings OrgSettings
	User     User      // of a service account its id, name, status, times and version
	Type     ActorType // whether it is a person or a service account
	Session  Session   // zero for a service account
	Key      APIKey    // of a service account the key of the request
	Roles    []Role
	Factors  Factors
	Scope    []Permission // of a service account's access token, which bounds Roles; nil: there is none
}

// Service reports whether the account is a service account.
func (p Principal) Service() bool { return p.Type == ActorServiceAccount }

// Caller is a Principal with a valid session, or with a valid API key. When HomeOrg is set, the caller is a platform operator
// who acts for another org: Org, Settings and Roles are of that org, User and Session of their own.
type Caller struct {
	Origin
	Principal
	StepUp Secret // the step-up token of the request; zero when it has none
}

// Within returns the principal as one who can do at most what scope lists; nil limits nothing.
func (p Principal) Within(scope []Permission) Principal {
	if scope != nil {
		p.Scope, p.Roles = scope, Bounded(p.Roles, p.Org, scope)
	}
	return p
}

// MayEditProfile returns ErrProfileFixed when the org does not let its members edit their profiles.
func (p Principal) MayEditProfile() error {
	if p.Settings.AllowProfileEdit {
		return nil
	}
	return ErrProfileFixed.Because(AccountDecision(p, &AllowanceFacts{Setting: "allow_profile_edit"}))
}

// Permissions returns the permissions of the account in its org.
func (p Principal) Permissions() []Permission { return PermissionsOf(p.Roles, p.Org) }

// Can reports whether a role of the account grants the permission.
func (p Principal) Can(permission Permission) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return slices.Contains(r.Permissions(p.Org), permission) })
}

// Outranks reports whether the account holds everything that the roles grant. A caller may only act
// on an account whose roles they outrank.
func (p Principal) Outranks(roles []Role) bool {
	return DecideRank(Policy{}, p.RankFacts(roles)).Outcome == Granted
}

// Grants returns ErrEscalation for roles that grant more than the caller holds.
func (p Principal) Grants(roles []Role) error {
	if !p.Outranks(roles) {
		return ErrEscalation.Because(p.RankDecision(roles))
	}
	return nil
}

// SessionFacts returns the facts for DecideSession.
func (p Principal) SessionFacts() SessionFacts {
	return SessionFacts{
		OrgActive: p.Org.Active(), AccountActive: p.User.Active(),
		AdminRole: AnyAdmin(p.Roles), Session: p.Session,
	}
}

// Operator reports whether the account may manage orgs and act in other orgs: it needs an account of
// the operators' org with that permission, in a session that has proven a second factor.
func (p Principal) Operator() bool {
	return p.Org.Platform && p.Can(PermPlatformManage) && p.Session.SatisfiesMFA()
}

// ActFor returns the operator as a caller of another org, with the permissions of an administrator
// there: neither ownership nor those of the platform. The Origin of their audit events names their own
// org.
func (c Caller) ActFor(org Org, settings OrgSettings) Caller {
	c.Origin = c.OriginIn(org.ID)
	c.Org, c.Settings, c.Roles = org, settings, []Role{{Name: RoleAdmin, System: true}}
	return c
}

// ActingFor reports whether the org is another than that of the caller's account.
func (c Caller) ActingFor() bool { return c.HomeOrg != "" }

// OriginIn returns the origin for audit events of an org.
func (c Caller) OriginIn(org OrgID) Origin {
	origin := c.Origin
	if origin.HomeOrg == "" && org != c.Org.ID {
		origin.HomeOrg = c.Org.ID
	}
	return origin
}

// AtHome returns the principal in the org of their own account, where their second factor is. For a
// caller who acts for another org only the id of that org is set.
func (c Caller) AtHome() Principal {
	p := c.Principal
	if c.ActingFor() {
		p.Org = Org{ID: c.HomeOrg}
	}
	return p
}

// Visitor returns the caller as a visitor of the org.
func (c Caller) Visitor() Visitor { return Visitor{c.Origin, c.Org.ID} }
