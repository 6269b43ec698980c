package domain

import (
	"slices"
	"strings"
)

// Grant says whether something is allowed.
type Grant string

// The grants.
const (
	Granted Grant = "allowed"
	Denied  Grant = "denied"
)

// PermissionFacts are the facts about an account that is to use a permission.
type PermissionFacts struct {
	Permission    Permission
	OrgActive     bool
	OperatorsOrg  bool
	AccountActive bool
	Granted       bool   // by a role of the account
	Roles         string // their names, to be shown; shortened
}

// PermissionFacts returns the facts for DecidePermission.
func (p Principal) PermissionFacts(permission Permission) PermissionFacts {
	names := make([]string, len(p.Roles))
	for i, role := range p.Roles {
		names[i] = role.Name
	}
	slices.Sort(names)
	return PermissionFacts{
		Permission: permission, OrgActive: p.Org.Active(), OperatorsOrg: p.Org.Platform, AccountActive: p.User.Active(),
		Granted: grantedBy(p.Roles, permission), Roles: cut(strings.Join(names, ", "), maxFactBytes),
	}
}

// grantedBy reports whether one of the roles grants the permission, also one that has no effect in the org.
func grantedBy(roles []Role, permission Permission) bool {
	return slices.Contains(PermissionsOf(roles, Org{Platform: true}), permission)
}

// DecidePermission decides whether an account may use a permission in its org.
func DecidePermission(p Policy, f PermissionFacts) Verdict[Grant] {
	return settle(permissionRules, p, f)
}

var permissionRules = []rule[PermissionFacts, Grant]{
	{
		text: "the org is active", asks: []string{"org.active"},
		holds: func(_ Policy, f PermissionFacts) bool { return f.OrgActive }, no: Denied,
	},
	{
		text: "the account is active", asks: []string{"account.active"},
		holds: func(_ Policy, f PermissionFacts) bool { return f.AccountActive }, no: Denied,
	},
	{
		text: "the org is the operators' own, as a platform permission requires", asks: []string{"org.operators"},
		when:  func(_ Policy, f PermissionFacts) bool { return f.Permission.Platform() },
		holds: func(_ Policy, f PermissionFacts) bool { return f.OperatorsOrg }, no: Denied,
	},
	{
		text: "a role of the account grants the permission", asks: []string{"account.roles", "permission", "granted"},
		holds: func(_ Policy, f PermissionFacts) bool { return f.Granted }, yes: Granted, no: Denied,
	},
}

// AllowanceFacts are the facts about something that an org may allow its members.
type AllowanceFacts struct {
	Setting string // the name of the setting that allows it
	Allowed bool
}

// DecideAllowance decides whether the org allows it.
func DecideAllowance(p Policy, f AllowanceFacts) Verdict[Grant] {
	return settle(allowanceRules, p, f)
}

var allowanceRules = []rule[AllowanceFacts, Grant]{{
	text: "the org allows it to its members", asks: []string{"allowed"},
	decider: func(_ Policy, f AllowanceFacts) string { return f.Setting },
	holds:   func(_ Policy, f AllowanceFacts) bool { return f.Allowed }, yes: Granted, no: Denied,
}}

// RankFacts are the facts about a caller who acts on an account.
type RankFacts struct {
	Self        bool   // whether it is their own account
	Owner       bool   // whether the caller is an owner
	TargetOwner bool   // whether the account is an owner
	Missing     int    // how many permissions of the account the caller lacks
	Lacked      string // the names of the missing permissions, to be shown; shortened
}

// RankFacts returns the facts for DecideRank about an account with these roles.
func (p Principal) RankFacts(roles []Role) RankFacts {
	held := p.Permissions()
	lacked := slices.DeleteFunc(PermissionsOf(roles, p.Org), func(permission Permission) bool { return slices.Contains(held, permission) })
	names := make([]string, len(lacked))
	for i, permission := range lacked {
		names[i] = string(permission)
	}
	return RankFacts{
		Owner:       IsOwner(p.Roles),
		TargetOwner: IsOwner(roles),
		Missing:     len(lacked),
		Lacked:      cut(strings.Join(names, ", "), maxFactBytes),
	}
}

// DecideRank decides whether a caller may act on an account. It denies this for an account with permissions that the
// caller lacks.
func DecideRank(p Policy, f RankFacts) Verdict[Grant] { return settle(rankRules, p, f) }

var rankRules = []rule[RankFacts, Grant]{
	{
		text: "the action is not on the caller's own account", asks: []string{"own_account"}, decider: named[RankFacts]("service"),
		holds: func(_ Policy, f RankFacts) bool { return !f.Self }, no: Denied,
	},
	{
		text: "only an owner acts on an owner", asks: []string{"target.owner", "account.owner"}, decider: named[RankFacts]("account.roles"),
		holds: func(_ Policy, f RankFacts) bool { return f.Owner || !f.TargetOwner }, no: Denied,
	},
	{
		text: "the account has every permission of the other account", asks: []string{"lacked_permissions", "lacked"},
		decider: named[RankFacts]("account.roles"),
		holds:   func(_ Policy, f RankFacts) bool { return f.Missing == 0 }, yes: Granted, no: Denied,
	},
}
