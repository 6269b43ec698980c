package domain

import (
	"slices"
	"time"
)

// AMR is an authentication method (RFC 8176, with two of our own).
type AMR string

// The methods. A remembered device is no factor of its own: it only replaces the second one.
const (
	AMRPassword         AMR = "pwd"
	AMROneTimeCode      AMR = "otp"
	AMRPossession       AMR = "pop" // of a key, such as a passkey
	AMRRecoveryCode     AMR = "rc"
	AMRRememberedDevice AMR = "dev"
)

// aal2 reports whether the method gives a session aal2. A passkey does so without a password, too, because it must then
// verify the person (NIST SP 800-63B-4, section 2.2).
func (a AMR) aal2() bool {
	return a == AMROneTimeCode || a == AMRRecoveryCode || a == AMRPossession
}

// ACR is the level of assurance of a session.
type ACR string

// The levels: one factor, or two.
const (
	AAL1 ACR = "aal1"
	AAL2 ACR = "aal2"
)

// EndReason says why a session ended.
type EndReason string

// The reasons for which sessions end before they expire.
const (
	EndSignedOut        EndReason = "signed_out"
	EndSignedOutAll     EndReason = "signed_out_everywhere"
	EndRevoked          EndReason = "revoked"
	EndRefreshReuse     EndReason = "refresh_token_reused"
	EndPasswordChanged  EndReason = "password_changed"
	EndPasswordReset    EndReason = "password_reset"
	EndSuspended        EndReason = "account_suspended"
	EndSignedOutByAdmin EndReason = "signed_out_by_administrator"
	EndMFADisabled      EndReason = "mfa_disabled"
	EndMFAReset         EndReason = "mfa_reset"
	EndRestored         EndReason = "backup_restored"       // the session may have ended after the backup was made
	EndFactorEnrolled   EndReason = "first_factor_enrolled" // the session had no second factor
)

// Session is one sign-in, stored by the server. Its id is the "sid" of its tokens.
type Session struct {
	ID         SessionID
	User       UserID
	AMR        []AMR
	AuthTime   time.Time // when the last factor was proven
	CreatedAt  time.Time
	LastSeenAt time.Time // at most lastSeenGrain behind
	ExpiresAt  time.Time // the maximum lifetime; rotating tokens does not extend it
	EndedAt    time.Time // zero until it is ended
	EndReason  EndReason
	Address    string
	UserAgent  string
	Refresh    RefreshFamily
}

// ACR returns aal2 if a second factor, a recovery code or a passkey alone was proven, otherwise aal1.
func (s Session) ACR() ACR {
	if slices.ContainsFunc(s.AMR, AMR.aal2) {
		return AAL2
	}
	return AAL1
}

// SatisfiesMFA reports whether the session has aal2, or a remembered device replaced the second factor.
func (s Session) SatisfiesMFA() bool {
	return s.ACR() == AAL2 || slices.Contains(s.AMR, AMRRememberedDevice)
}

// ProvedPasskey reports whether the session was opened with a passkey, alone or as second factor.
func (s Session) ProvedPasskey() bool { return slices.Contains(s.AMR, AMRPossession) }

// lastSeenGrain is how far LastSeenAt may be behind, so that most requests do not write it.
const lastSeenGrain = 15 * time.Second

// TouchDue reports whether LastSeenAt should be written again.
func (s Session) TouchDue(now time.Time) bool { return now.Sub(s.LastSeenAt) >= lastSeenGrain }

// End ends the session, unless it has ended already.
func (s *Session) End(reason EndReason, now time.Time) {
	if s.EndedAt.IsZero() {
		s.EndedAt, s.EndReason = now, reason
	}
}
