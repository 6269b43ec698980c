package domain

import (
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"time"
)

// Reach is how much a change touches. What touches less is the smaller change, and any
// number of smaller ones together stay smaller than the next: a question has fewer than
// sixteen changes of a reach.
type Reach int

// From the account's own proof to the whole service.
const (
	ReachProof   Reach = 1    // what the account itself does, such as showing a code
	ReachAccount Reach = 16   // what an administrator changes about this one account
	ReachOrg     Reach = 256  // a setting, for every account of the org
	ReachService Reach = 4096 // what only the operator changes
)

// By says who can make a change of this reach.
func (r Reach) By() string {
	switch r {
	case ReachProof:
		return "account"
	case ReachService:
		return "operator"
	default:
		return "administrator"
	}
}

// Change is one thing that could be different.
type Change struct {
	What  string // to do, for people
	Reach Reach
	Sets  []Fact
}

// With is the decision with changes made.
func (d Decision) With(changes ...Change) Decision {
	d = d.copied()
	for _, change := range changes {
		for _, set := range change.Sets {
			for _, f := range d.Question.facts(&d.Policy) {
				if f.name == set.Name {
					reflect.ValueOf(f.at).Elem().Set(reflect.ValueOf(set.Value))
				}
			}
		}
	}
	return d
}

// Changes is the catalogue of what could be different about the decision.
func (d Decision) Changes() []Change { return d.Question.changes(d.Policy) }

// SmallestChange is what touches least of all that turns a refusal into a grant, or a grant
// into a refusal. Nothing is what it is when nothing in the catalogue does.
func (d Decision) SmallestChange() []Change { return d.smallest(d.Changes()) }

// SmallestChangeByOthers is the smallest one that leaves the account itself nothing to do.
func (d Decision) SmallestChangeByOthers() []Change {
	return d.smallest(slices.DeleteFunc(d.Changes(), func(c Change) bool { return c.Reach == ReachProof }))
}

// smallest tries every set of changes: the catalogue of a question has at most a dozen.
func (d Decision) smallest(among []Change) (best []Change) {
	granted, least := d.Ruling().Granted, Reach(0)
	for set := uint(1); set < 1<<len(among); set++ {
		tried := make([]Change, 0, bits.OnesCount(set))
		reach := Reach(0)
		for i, change := range among {
			if set>>i&1 == 1 {
				tried, reach = append(tried, change), reach+change.Reach
			}
		}
		if (best == nil || reach < least) && d.With(tried...).Ruling().Granted != granted {
			best, least = tried, reach
		}
	}
	return best
}

// possible gathers a catalogue of changes, leaving out those that would change nothing.
type possible []Change

func (c *possible) add(offered bool, what string, reach Reach, sets ...Fact) {
	if offered {
		*c = append(*c, Change{what, reach, sets})
	}
}

func (f *SignInFacts) changes(p Policy) []Change {
	var c possible
	c.add(!f.PasswordProven, "enter the right password", ReachProof, Fact{"account.password_proven", true})
	c.add(f.Enrolled && !f.CodeProven, "show a code of the authenticator or a recovery code", ReachProof, Fact{"code_proven", true})
	c.add(!f.Enrolled, "enrol an authenticator during sign-in", ReachProof, Fact{"account.enrolled", true}, Fact{"code_proven", true})
	c.add(f.MustChangePassword, "choose a new password", ReachProof, Fact{"account.temporary_password", false})
	c.add(f.Locked, "wait until the lock ends, or reset the password by mail", ReachProof, Fact{"account.locked", false})
	c.add(!f.AccountActive, "activate the account", ReachAccount, Fact{"account.active", true})
	c.add(f.AccountActive, "suspend the account", ReachAccount, Fact{"account.active", false})
	c.add(f.AdminRole, "take the admin roles from the account", ReachAccount, Fact{"account.admin_role", false})
	c.add(f.Enrolled, "reset the account's second factor", ReachAccount, Fact{"account.enrolled", false}, Fact{"code_proven", false}, Fact{"device", DeviceNone})
	c.add(p.RequireTwoFactor, "turn require_two_factor off", ReachOrg, Fact{"require_two_factor", false})
	c.add(!f.OrgActive, "activate the org", ReachService, Fact{"org.active", true})
	return c
}

func (f *SessionFacts) changes(p Policy) []Change {
	var c possible
	fresh := []Fact{{"session.ended_at", time.Time{}}, {"session.last_seen_at", f.At}, {"session.expires_at", f.At.Add(time.Hour)}}
	ended := !f.Session.EndedAt.IsZero() || !f.At.Before(f.Session.ExpiresAt) || f.At.Sub(f.Session.LastSeenAt) >= p.IdleTimeout
	c.add(ended, "sign in again", ReachProof, fresh...)
	c.add(!f.Session.SatisfiesMFA(), "sign in again with a second factor", ReachProof, append(fresh, Fact{"session.amr", []AMR{AMRPassword, AMROneTimeCode}})...)
	c.add(!f.AccountActive, "activate the account", ReachAccount, Fact{"account.active", true})
	c.add(f.AccountActive, "suspend the account", ReachAccount, Fact{"account.active", false})
	c.add(f.AdminRole, "take the admin roles from the account", ReachAccount, Fact{"account.admin_role", false})
	c.add(p.RequireTwoFactor, "turn require_two_factor off", ReachOrg, Fact{"require_two_factor", false})
	longer := f.At.Sub(f.Session.LastSeenAt).Truncate(time.Minute) + time.Minute
	switch {
	case longer <= p.IdleTimeout || longer > 24*time.Hour:
	case longer <= p.IdleCeiling:
		c.add(true, fmt.Sprintf("raise session_timeout_minutes to %d", longer/time.Minute), ReachOrg, Fact{"session_timeout_minutes", longer})
	default:
		c.add(true, fmt.Sprintf("raise SESSION_TIMEOUT_MINUTES and session_timeout_minutes to %d", longer/time.Minute), ReachService,
			Fact{"session_timeout_minutes", longer}, Fact{"SESSION_TIMEOUT_MINUTES", longer})
	}
	c.add(!f.OrgActive, "activate the org", ReachService, Fact{"org.active", true})
	return c
}

func (f *ActionFacts) changes(p Policy) []Change {
	var c possible
	guarded := p.guards(f.Action)
	c.add(guarded && !f.Enrolled, "enrol an authenticator", ReachProof, Fact{"account.enrolled", true})
	c.add(guarded && !f.StepUpFresh, "step up for the action with a code", ReachProof, Fact{"step_up", true})
	c.add(!f.Permitted, "give the account a role that permits it", ReachAccount, Fact{"permitted", true})
	c.add(f.Permitted, "take the roles that permit it from the account", ReachAccount, Fact{"permitted", false})
	c.add(guarded && !f.Action.AlwaysGuarded(), "take the action out of mfa_required_actions", ReachOrg, Fact{"mfa_required_actions", []Action(nil)})
	return c
}

func (f *PermissionFacts) changes(Policy) []Change {
	var c possible
	c.add(!f.Granted, "give the account a role that grants it, such as "+leastRole(f.Permission), ReachAccount, Fact{"granted", true})
	c.add(f.Granted, "take the roles that grant it from the account", ReachAccount, Fact{"granted", false})
	c.add(!f.AccountActive, "activate the account", ReachAccount, Fact{"account.active", true})
	c.add(f.Permission.Platform() && !f.OperatorsOrg, "use an account of the operators' org", ReachService, Fact{"org.operators", true})
	c.add(!f.OrgActive, "activate the org", ReachService, Fact{"org.active", true})
	return c
}

// leastRole is the least powerful system role that grants the permission somewhere.
func leastRole(permission Permission) string {
	names := SystemRoles()
	slices.Reverse(names)
	for _, name := range names {
		if slices.Contains(systemRolePermissions(name), permission) {
			return name
		}
	}
	return RoleOwner
}

func (f *AllowanceFacts) changes(Policy) []Change {
	var c possible
	c.add(!f.Allowed, "turn "+f.Setting+" on", ReachOrg, Fact{"allowed", true})
	c.add(f.Allowed, "turn "+f.Setting+" off", ReachOrg, Fact{"allowed", false})
	return c
}

func (f *RankFacts) changes(Policy) []Change {
	var c possible
	c.add(f.Self, "let another administrator do it", ReachAccount, Fact{"own_account", false})
	c.add(f.TargetOwner && !f.Owner, "let an owner do it", ReachAccount, Fact{"account.owner", true}, Fact{"lacked_permissions", 0})
	c.add(f.Missing > 0, "give the account roles with the lacked permissions", ReachAccount, Fact{"lacked_permissions", 0})
	c.add(f.Missing == 0, "give the other account a role that this one lacks", ReachAccount, Fact{"lacked_permissions", 1})
	return c
}
