package webauthn

import (
	"encoding/json"
	"fmt"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Records implements port.PasskeyRecords with JSON.
type Records struct{}

var _ port.PasskeyRecords = Records{}

// record is the Data of a live passkey. Members may be added; a member that is missing means its zero value.
type record struct {
	PublicKey      []byte   `json:"public_key"`
	UserHandle     []byte   `json:"user_handle"`
	RPID           string   `json:"rp_id"`
	AAGUID         string   `json:"aaguid,omitempty"`
	Transports     []string `json:"transports,omitempty"`
	BackupEligible bool     `json:"backup_eligible,omitempty"`
	BackedUp       bool     `json:"backed_up,omitempty"`
}

// Encode implements port.PasskeyRecords.
func (Records) Encode(p port.Passkey) (string, error) {
	data, err := json.Marshal(record{
		PublicKey: p.PublicKey, UserHandle: p.UserHandle, RPID: p.RPID, AAGUID: p.AAGUID, Transports: p.Transports,
		BackupEligible: p.BackupEligible, BackedUp: p.BackedUp,
	})
	return string(data), err
}

// Decode implements port.PasskeyRecords.
func (Records) Decode(a domain.Authenticator) (port.Passkey, error) {
	var stored record
	if err := json.Unmarshal([]byte(a.Data), &stored); err != nil {
		return port.Passkey{}, fmt.Errorf("read the passkey %s: %w", a.ID, err)
	}
	return port.Passkey{
		ID: a.Handle, PublicKey: stored.PublicKey, UserHandle: stored.UserHandle, RPID: stored.RPID, AAGUID: stored.AAGUID,
		Transports: stored.Transports, BackupEligible: stored.BackupEligible, BackedUp: stored.BackedUp, Counter: a.Counter,
	}, nil
}
