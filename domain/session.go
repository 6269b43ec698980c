package domain

import (
	"slices"
	"time"
)

// AMR is one method by which an account proved itself (RFC 8176, with two of our own).
type AMR string

// The methods. A remembered device is no authenticator: it excuses from the second.
const (
	AMRPassword         AMR = "pwd"
	AMROneTimeCode      AMR = "otp"
	AMRRecoveryCode     AMR = "rc"
	AMRRememberedDevice AMR = "dev"
)

// ACR is the assurance that the methods add up to.
type ACR string

// One factor, or two.
const (
	AAL1 ACR = "aal1"
	AAL2 ACR = "aal2"
)

// EndReason says why a session ended.
type EndReason string

// Why sessions end before their time.
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

// Session is one sign-in, held by the server; its id is the "sid" of its tokens.
type Session struct {
	ID         SessionID
	User       UserID
	AMR        []AMR
	AuthTime   time.Time // when the last factor was proven
	CreatedAt  time.Time
	LastSeenAt time.Time // coalesced: at most lastSeenGrain behind
	ExpiresAt  time.Time // absolute; rotation does not move it
	EndedAt    time.Time // zero while it lives
	EndReason  EndReason
	Address    string
	UserAgent  string
	Refresh    RefreshFamily
}

// ACR is the assurance of the session: two factors make aal2.
func (s Session) ACR() ACR {
	if slices.Contains(s.AMR, AMROneTimeCode) || slices.Contains(s.AMR, AMRRecoveryCode) {
		return AAL2
	}
	return AAL1
}

// SatisfiesMFA tells whether a second factor was proven, or excused by a remembered device.
func (s Session) SatisfiesMFA() bool {
	return s.ACR() == AAL2 || slices.Contains(s.AMR, AMRRememberedDevice)
}

// lastSeenGrain is how far LastSeenAt may lag, so that reading never writes.
const lastSeenGrain = 15 * time.Second

// TouchDue tells whether LastSeenAt is old enough to be worth a write.
func (s Session) TouchDue(now time.Time) bool { return now.Sub(s.LastSeenAt) >= lastSeenGrain }

// End closes the session for ever; the first reason stays.
func (s *Session) End(reason EndReason, now time.Time) {
	if s.EndedAt.IsZero() {
		s.EndedAt, s.EndReason = now, reason
	}
}
