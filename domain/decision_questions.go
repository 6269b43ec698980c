package domain

import "time"

// Kind implements Question.
func (f *SignInFacts) Kind() DecisionKind { return DecisionSignIn }

func (f *SignInFacts) copied() Question { c := *f; return &c }

func (f *SignInFacts) facts(p *Policy) []fact {
	return []fact{
		{"org.active", &f.OrgActive}, {"account.locked", &f.Locked}, {"account.password_proven", &f.PasswordProven}, {"account.active", &f.AccountActive},
		{"require_two_factor", &p.RequireTwoFactor}, {"account.enrolled", &f.Enrolled}, {"account.admin_role", &f.AdminRole},
		{"device", &f.Device}, {"remember_device_days", &p.RememberDeviceDays}, {"mfa_required_actions", &p.StepUpActions},
		{"code_proven", &f.CodeProven}, {"account.temporary_password", &f.MustChangePassword},
	}
}

func (f *SignInFacts) decide(p Policy) Ruling {
	return ruling(signInRules, DecideSignIn(p, *f), SignInAuthenticated)
}

// Kind implements Question.
func (f *SessionFacts) Kind() DecisionKind { return DecisionSession }

func (f *SessionFacts) copied() Question { c := *f; return &c }

func (f *SessionFacts) facts(p *Policy) []fact {
	return []fact{
		{"session.ended_at", &f.Session.EndedAt}, {"session.end_reason", &f.Session.EndReason}, {"org.active", &f.OrgActive}, {"account.active", &f.AccountActive},
		{"session.expires_at", &f.Session.ExpiresAt}, {"session.last_seen_at", &f.Session.LastSeenAt}, {"session_timeout_minutes", &p.IdleTimeout}, {"SESSION_TIMEOUT_MINUTES", &p.IdleCeiling},
		{"require_two_factor", &p.RequireTwoFactor}, {"account.admin_role", &f.AdminRole}, {"session.amr", &f.Session.AMR}, {"at", &f.At},
	}
}

func (f *SessionFacts) decide(p Policy) Ruling {
	return ruling(sessionRules, DecideSession(p, *f, f.At), SessionInOrder)
}

// Kind implements Question.
func (f *ActionFacts) Kind() DecisionKind { return DecisionAction }

func (f *ActionFacts) copied() Question { c := *f; return &c }

func (f *ActionFacts) facts(p *Policy) []fact {
	return []fact{
		{"action", &f.Action}, {"permitted", &f.Permitted}, {"mfa_required_actions", &p.StepUpActions}, {"account.enrolled", &f.Enrolled}, {"step_up", &f.StepUpFresh},
	}
}

func (f *ActionFacts) decide(p Policy) Ruling {
	return ruling(actionRules, DecideAction(p, f.Action, *f), ActionAllowed)
}

// Kind implements Question.
func (f *PermissionFacts) Kind() DecisionKind { return DecisionPermission }

func (f *PermissionFacts) copied() Question { c := *f; return &c }

func (f *PermissionFacts) facts(*Policy) []fact {
	return []fact{
		{"permission", &f.Permission}, {"org.active", &f.OrgActive}, {"account.active", &f.AccountActive}, {"org.operators", &f.OperatorsOrg},
		{"account.roles", &f.Roles}, {"granted", &f.Granted},
	}
}

func (f *PermissionFacts) decide(p Policy) Ruling {
	return ruling(permissionRules, DecidePermission(p, *f), Granted)
}

// Kind implements Question.
func (f *AllowanceFacts) Kind() DecisionKind { return DecisionAllowance }

func (f *AllowanceFacts) copied() Question { c := *f; return &c }

func (f *AllowanceFacts) facts(*Policy) []fact {
	return []fact{{"setting", &f.Setting}, {"allowed", &f.Allowed}}
}

func (f *AllowanceFacts) decide(p Policy) Ruling {
	return ruling(allowanceRules, DecideAllowance(p, *f), Granted)
}

// Kind implements Question.
func (f *RankFacts) Kind() DecisionKind { return DecisionRank }

func (f *RankFacts) copied() Question { c := *f; return &c }

func (f *RankFacts) facts(*Policy) []fact {
	return []fact{{"own_account", &f.Self}, {"account.owner", &f.Owner}, {"target.owner", &f.TargetOwner}, {"lacked_permissions", &f.Missing}, {"lacked", &f.Lacked}}
}

func (f *RankFacts) decide(p Policy) Ruling {
	return ruling(rankRules, DecideRank(p, *f), Granted)
}

// SignInDecision is what was known of a sign-in in org.
func SignInDecision(p Principal, policy Policy, f SignInFacts) Decision {
	return Decision{Org: p.Org.ID, User: p.User.ID, PolicyVersion: p.Settings.PolicyVersion, Policy: policy.guardedOnly(ActionLogin), Question: &f}
}

// SessionDecision is what was known of the session when it was asked.
func SessionDecision(p Principal, policy Policy, f SessionFacts, now time.Time) Decision {
	f.At = now
	return Decision{Org: p.Org.ID, User: p.User.ID, At: now, PolicyVersion: p.Settings.PolicyVersion, Policy: policy.guardedOnly(""), Question: &f}
}

// ActionDecision is what was known of someone who wanted to act.
func ActionDecision(p Principal, policy Policy, f ActionFacts) Decision {
	return Decision{Org: p.Org.ID, User: p.User.ID, PolicyVersion: p.Settings.PolicyVersion, Policy: policy.guardedOnly(f.Action), Question: &f}
}

// AccountDecision is a question that no setting of the policy has a part in.
func AccountDecision(p Principal, q Question) Decision {
	return Decision{Org: p.Org.ID, User: p.User.ID, PolicyVersion: p.Settings.PolicyVersion, Question: q}
}

// PermissionDecision is what is known of an account that wants to use a permission.
func (p Principal) PermissionDecision(permission Permission) Decision {
	facts := p.PermissionFacts(permission)
	return AccountDecision(p, &facts)
}

// RankDecision is what is known of an account that wants to act on one with these roles, or
// to grant them.
func (p Principal) RankDecision(roles []Role) Decision {
	facts := p.RankFacts(roles)
	return AccountDecision(p, &facts)
}

// SelfDecision is what is known of an account that does to itself what is for others.
func (p Principal) SelfDecision() Decision { return AccountDecision(p, &RankFacts{Self: true}) }
