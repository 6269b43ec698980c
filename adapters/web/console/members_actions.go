package console

import (
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

// memberAction is something that the caller can do to an account. Its texts begin with "members.act."+name.
type memberAction struct {
	name    string
	path    string // below that of the account
	asks    bool   // the path leads to a page that asks first
	danger  bool
	refused string // key of the reason why it is not possible now; empty: it is
}

// actions returns what the caller can do to the account, besides changing its roles, name and address. What only the
// caller's permissions or rank forbid is left out.
func (v memberView) actions() (offered []memberAction) {
	add := func(possible bool, action memberAction) {
		if possible {
			offered = append(offered, action)
		}
	}
	owner := ""
	if v.LastOwner {
		owner = "members.last_owner"
	}
	member, other := v.Member, !v.own()
	add(member.Invited() && v.mail && v.may(members.InviteNeeds), memberAction{name: "invite", path: "/invite"})
	add(member.Invited() && v.may(members.UninviteNeeds), memberAction{name: "uninvite", path: "/uninvite", danger: true})
	add(v.Sessions > 0 && v.may(members.SignOutNeeds), memberAction{name: "sign_out", path: "/sign-out"})
	add(other && v.may(members.ResetPasswordNeeds), memberAction{name: "password", path: "/password"})
	add(other && v.Factors.Enrolled() && v.may(members.ResetMFANeeds), memberAction{name: "factors", path: "/factors", danger: true})
	add(other && !member.Active() && v.may(members.ActivateNeeds), memberAction{name: "activate", path: "/activate"})
	add(other && member.Active() && v.may(members.SuspendNeeds), memberAction{
		name: "suspend", path: "/suspend", danger: true, refused: owner,
	})
	add(other && v.may(members.RemoveNeeds), memberAction{name: "remove", path: "/remove", asks: true, danger: true, refused: owner})
	return offered
}

// passkeys returns how many passkeys the account has.
func (v memberView) passkeys() (count int) {
	for _, factor := range v.Factors {
		if factor.Kind == domain.FactorPasskey {
			count++
		}
	}
	return count
}
