package ndjson

import (
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"github.com/sole-platform/sole/domain"
)

// WriteAccount writes an account without faults as a line that Accounts reads.
func WriteAccount(to io.Writer, account domain.ImportedAccount) error {
	line := writtenAccount{
		Email: account.Email, FullName: account.FullName, Roles: account.Roles, PasswordHash: account.Password,
		MustChangePassword: account.MustChangePassword, CreatedAt: account.CreatedAt, LastSignInAt: account.LastSignInAt,
		Notes: account.Notes,
	}
	if account.Suspended {
		line.Status = domain.StatusSuspended
	}
	if account.TOTPSecret != nil {
		secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(account.TOTPSecret)
		line.TOTP = &writtenTOTP{Secret: secret, EnrolledAt: account.TOTPEnrolledAt}
	}
	for _, code := range account.RecoveryCodes {
		line.RecoveryCodes = append(line.RecoveryCodes, hex.EncodeToString(code))
	}
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(line)
}

type writtenAccount struct {
	Email              string              `json:"email"`
	FullName           string              `json:"full_name,omitzero"`
	Roles              []string            `json:"roles,omitempty"`
	Status             domain.Status       `json:"status,omitzero"`
	PasswordHash       domain.PasswordHash `json:"password_hash,omitzero"`
	MustChangePassword bool                `json:"must_change_password,omitzero"`
	TOTP               *writtenTOTP        `json:"totp,omitempty"`
	RecoveryCodes      []string            `json:"recovery_codes,omitempty"`
	CreatedAt          time.Time           `json:"created_at,omitzero"`
	LastSignInAt       time.Time           `json:"last_sign_in_at,omitzero"`
	Notes              []string            `json:"notes,omitempty"`
}

type writtenTOTP struct {
	Secret     string    `json:"secret"`
	EnrolledAt time.Time `json:"enrolled_at,omitzero"`
}
