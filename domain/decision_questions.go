package domain

import "time"

// Kind implements Question.
func (f *SignInFacts) Kind() DecisionKind { return DecisionSignIn }

func (f *SignInFacts) copied() Question { c := *f; return &c }

func (f *SignInFacts) facts(p *Policy) []fact {
	return []fact{
		{"org.active", &f.OrgActive},
		{"account.locked", &f.Locked},
		{"account.password_proven", &f.PasswordProven},
		{"account.active", &f.AccountActive},
		{"require_two_factor", &p.RequireTwoFactor},
		{"account.enrolled", &f.Enrolled},
		{"account.admin_role", &f.AdminRole},
		{"device", &f.Device},
		{"remember_device_days", &p.RememberDeviceDays},
		{"mfa_required_actions", &p.StepUpActions},
		{"code_proven", &f.CodeProven},
		{"account.temporary_password", &f.MustChangePassword},
		{"phishing_resistant", &p.PhishingResistant},
		{"account.passkey", &f.HasPasskey},
		{"passkey_proven", &f.PasskeyProven},
		{"recovery_code_proven", &f.RecoveryProven},
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
		{"session.ended_at", &f.Session.EndedAt},
		{"session.end_reason", &f.Session.EndReason},
		{"org.active", &f.OrgActive},
		{"account.active", &f.AccountActive},
		{"session.expires_at", &f.Session.ExpiresAt},
		{"session.last_seen_at", &f.Session.LastSeenAt},
		{"session_timeout_minutes", &p.IdleTimeout},
		{ServiceSessionTimeout, &p.IdleCeiling},
		{"require_two_factor", &p.RequireTwoFactor},
		{"account.admin_role", &f.AdminRole},
		{"session.amr", &f.Session.AMR},
		{"at", &f.At},
		{"phishing_resistant", &p.PhishingResistant},
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
		{"action", &f.Action},
		{"permitted", &f.Permitted},
		{"mfa_required_actions", &p.StepUpActions},
		{"account.enrolled", &f.Enrolled},
		{"step_up", &f.StepUpFresh},
		{"phishing_resistant", &p.PhishingResistant},
		{"account.admin_role", &f.AdminRole},
		{"account.passkey", &f.HasPasskey},
		{"step_up_passkey", &f.StepUpPasskey},
		{"service_account", &f.ServiceAccount},
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
		{"permission", &f.Permission},
		{"org.active", &f.OrgActive},
		{"account.active", &f.AccountActive},
		{"org.operators", &f.OperatorsOrg},
		{"account.roles", &f.Roles},
		{"granted", &f.Granted},
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
	return []fact{
		{"own_account", &f.Self},
		{"account.owner", &f.Owner},
		{"target.owner", &f.TargetOwner},
		{"lacked_permissions", &f.Missing},
		{"lacked", &f.Lacked},
	}
}

func (f *RankFacts) decide(p Policy) Ruling {
	return ruling(rankRules, DecideRank(p, *f), Granted)
}

// SignInDecision returns the decision on a sign-in with the facts f.
func SignInDecision(p Principal, policy Policy, f SignInFacts) Decision {
	return Decision{
		Org:           p.Org.ID,
		User:          p.User.ID,
		PolicyVersion: p.Settings.PolicyVersion,
		Policy:        policy.guardedOnly(ActionLogin),
		Question:      &f,
	}
}

// SessionDecision returns the decision on a session at now.
func SessionDecision(p Principal, policy Policy, f SessionFacts, now time.Time) Decision {
	f.At = now
	return Decision{
		Org:           p.Org.ID,
		User:          p.User.ID,
		At:            now,
		PolicyVersion: p.Settings.PolicyVersion,
		Policy:        policy.guardedOnly(""),
		Question:      &f,
	}
}

// ActionDecision returns the decision on an action of p.
func ActionDecision(p Principal, policy Policy, f ActionFacts) Decision {
	return Decision{
		Org:           p.Org.ID,
		User:          p.User.ID,
		PolicyVersion: p.Settings.PolicyVersion,
		Policy:        policy.guardedOnly(f.Action),
		Question:      &f,
	}
}

// AccountDecision returns the decision on a question for which the policy does not matter.
func AccountDecision(p Principal, q Question) Decision {
	return Decision{Org: p.Org.ID, User: p.User.ID, PolicyVersion: p.Settings.PolicyVersion, Question: q}
}

// PermissionDecision returns the decision on the use of a permission.
func (p Principal) PermissionDecision(permission Permission) Decision {
	facts := p.PermissionFacts(permission)
	return AccountDecision(p, &facts)
}

// RankDecision returns the decision on acting on an account with these roles, or on granting them.
func (p Principal) RankDecision(roles []Role) Decision {
	facts := p.RankFacts(roles)
	return AccountDecision(p, &facts)
}

// SelfDecision returns the decision on an administrative action on the own account.
func (p Principal) SelfDecision() Decision { return AccountDecision(p, &RankFacts{Self: true}) }
