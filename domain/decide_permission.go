package domain

import (
	"slices"
	"strings"
)

// Grant is whether something is allowed.
type Grant string

// Allowed or not.
const (
	Granted Grant = "allowed"
	Denied  Grant = "denied"
)

// PermissionFacts is what is known of someone who wants to use a permission.
type PermissionFacts struct {
	Permission    Permission
	OrgActive     bool
	OperatorsOrg  bool
	AccountActive bool
	Granted       bool   // by a role of the account
	Roles         string // their names, for people; cut short
}

// PermissionFacts gathers what DecidePermission asks of the account.
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

// grantedBy tells whether one of the roles grants the permission, wherever it would count.
func grantedBy(roles []Role, permission Permission) bool {
	return slices.Contains(PermissionsOf(roles, Org{Platform: true}), permission)
}

// DecidePermission says whether an account may use a permission in its org.
func DecidePermission(p Policy, f PermissionFacts) Verdict[Grant] {
	return settle(permissionRules, p, f)
}

var permissionRules = []rule[PermissionFacts, Grant]{
	{
		text: "a suspended org lets nobody act", asks: []string{"org.active"},
		holds: func(_ Policy, f PermissionFacts) bool { return f.OrgActive }, no: Denied,
	},
	{
		text: "a suspended account may not act", asks: []string{"account.active"},
		holds: func(_ Policy, f PermissionFacts) bool { return f.AccountActive }, no: Denied,
	},
	{
		text: "permissions of the platform exist in the operators' org only", asks: []string{"org.operators"},
		when:  func(_ Policy, f PermissionFacts) bool { return f.Permission.Platform() },
		holds: func(_ Policy, f PermissionFacts) bool { return f.OperatorsOrg }, no: Denied,
	},
	{
		text: "a role of the account must grant the permission", asks: []string{"account.roles", "permission", "granted"},
		holds: func(_ Policy, f PermissionFacts) bool { return f.Granted }, yes: Granted, no: Denied,
	},
}

// AllowanceFacts is what is known where an org may leave something to its members or not.
type AllowanceFacts struct {
	Setting string // its name
	Allowed bool
}

// DecideAllowance says whether the org leaves it to its members.
func DecideAllowance(p Policy, f AllowanceFacts) Verdict[Grant] {
	return settle(allowanceRules, p, f)
}

var allowanceRules = []rule[AllowanceFacts, Grant]{{
	text: "the org must leave it to its members", asks: []string{"allowed"},
	decider: func(_ Policy, f AllowanceFacts) string { return f.Setting },
	holds:   func(_ Policy, f AllowanceFacts) bool { return f.Allowed }, yes: Granted, no: Denied,
}}

// RankFacts is what is known of someone who acts on another account.
type RankFacts struct {
	Self        bool   // whether the other account is their own
	Owner       bool   // whether they are an owner
	TargetOwner bool   // whether the other account is one
	Missing     int    // how many permissions of the other account they lack
	Lacked      string // the names of those, for people; cut short
}

// RankFacts gathers what DecideRank asks about acting on an account with these roles.
func (p Principal) RankFacts(roles []Role) RankFacts {
	held := p.Permissions()
	lacked := slices.DeleteFunc(PermissionsOf(roles, p.Org), func(permission Permission) bool { return slices.Contains(held, permission) })
	names := make([]string, len(lacked))
	for i, permission := range lacked {
		names[i] = string(permission)
	}
	return RankFacts{Owner: IsOwner(p.Roles), TargetOwner: IsOwner(roles), Missing: len(lacked), Lacked: cut(strings.Join(names, ", "), maxFactBytes)}
}

// DecideRank says whether someone may act on another account: nobody does on one above their own.
func DecideRank(p Policy, f RankFacts) Verdict[Grant] { return settle(rankRules, p, f) }

var rankRules = []rule[RankFacts, Grant]{
	{
		text: "what administrators do to accounts is for other accounts", asks: []string{"own_account"}, decider: named[RankFacts]("service"),
		holds: func(_ Policy, f RankFacts) bool { return !f.Self }, no: Denied,
	},
	{
		text: "only an owner acts on an owner", asks: []string{"target.owner", "account.owner"}, decider: named[RankFacts]("account.roles"),
		holds: func(_ Policy, f RankFacts) bool { return f.Owner || !f.TargetOwner }, no: Denied,
	},
	{
		text: "nobody acts on an account that holds what they lack", asks: []string{"lacked_permissions", "lacked"}, decider: named[RankFacts]("account.roles"),
		holds: func(_ Policy, f RankFacts) bool { return f.Missing == 0 }, yes: Granted, no: Denied,
	},
}
