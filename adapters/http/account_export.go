package http

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"reflect"
	"time"

	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// accountExportAPI exports what the service stores about the caller's account.
type accountExportAPI struct {
	uc     account.UseCases
	clock  port.Clock
	sender sender
}

func (a accountExportAPI) mount(s *Server) {
	secured(table{server: s, tag: "Me"}, "GET /me/export", account.ExportNeeds, route{
		id: "export-me", media: []string{"application/json"}, answer: reflect.TypeFor[accountExport](),
	}, a.export)
}

// accountExport describes the whole export, which is written piece by piece.
type accountExport struct {
	HeldData
	AuditEvents []auditEvent `json:"audit_events" doc:"Events that the account caused or that concern it."`
}

// HeldData is everything the service stores about an account except its audit events, which follow as the last field.
type HeldData struct {
	ExportedAt        time.Time     `json:"exported_at"`
	Account           me            `json:"account"`
	NewEmail          *domain.Email `json:"new_email" doc:"A requested address that is not confirmed yet."`
	Sessions          []heldSession `json:"sessions"`
	Devices           []heldDevice  `json:"devices"`
	MFA               mfaState      `json:"mfa"`
	Passkeys          []heldPasskey `json:"passkeys"`
	RecoveryCodesLeft int           `json:"recovery_codes_left"`
	Avatar            *Picture      `json:"avatar" doc:"GET /me/avatar returns the image."`
	Files             []File        `json:"files" doc:"Files of the org that the account has stored."`
}

type heldSession struct {
	ID         domain.SessionID `json:"id"`
	IP         string           `json:"ip"`
	UserAgent  string           `json:"user_agent"`
	AMR        []domain.AMR     `json:"amr" enum:"pwd,otp,pop,rc,dev" doc:"How the account signed in."`
	CreatedAt  time.Time        `json:"created_at"`
	LastSeenAt time.Time        `json:"last_seen_at"`
	ExpiresAt  time.Time        `json:"expires_at"`
}

type heldDevice struct {
	ID         domain.DeviceID  `json:"id"`
	Name       string           `json:"name"`
	IP         string           `json:"ip"`
	CreatedAt  time.Time        `json:"created_at"`
	LastUsedAt time.Time        `json:"last_used_at"`
	ExpiresAt  time.Time        `json:"expires_at"`
	EndedAt    *time.Time       `json:"ended_at"`
	EndReason  domain.DeviceEnd `json:"end_reason,omitempty"`
}

type heldPasskey struct {
	ID             domain.AuthenticatorID `json:"id"`
	Name           string                 `json:"name"`
	CredentialID   string                 `json:"credential_id" doc:"In base64url."`
	PublicKey      string                 `json:"public_key" doc:"A COSE_Key (RFC 9052) in base64url."`
	UserHandle     string                 `json:"user_handle" doc:"Random, the same for all passkeys of the account, in base64url."`
	RPID           string                 `json:"rp_id"`
	AAGUID         string                 `json:"aaguid" doc:"The model of the authenticator. Zeros: unknown."`
	Transports     []string               `json:"transports"`
	BackupEligible bool                   `json:"backup_eligible" doc:"It may be synced between devices."`
	Synced         bool                   `json:"synced" doc:"It was backed up at its last use."`
	Counter        int64                  `json:"counter"`
	CreatedAt      time.Time              `json:"created_at"`
	LastUsedAt     *time.Time             `json:"last_used_at"`
}

func showHeldPasskey(p account.HeldPasskey) heldPasskey {
	encode := base64.RawURLEncoding.EncodeToString
	return heldPasskey{
		ID: p.ID, Name: p.Name, CredentialID: p.Record.ID, PublicKey: encode(p.Record.PublicKey), UserHandle: encode(p.Record.UserHandle),
		RPID: p.Record.RPID, AAGUID: p.Record.AAGUID, Transports: listed(p.Record.Transports), BackupEligible: p.Record.BackupEligible,
		Synced: p.Record.BackedUp, Counter: p.Counter, CreatedAt: p.EnrolledAt, LastUsedAt: maybe(p.LastUsedAt),
	}
}

func (a accountExportAPI) export(ctx context.Context, caller domain.Caller, _ *nothing) (*exportResponse, error) {
	file, err := a.download(ctx, caller)
	if err != nil {
		return nil, err
	}
	return a.sender.export(file), nil
}

func (a accountExportAPI) download(ctx context.Context, caller domain.Caller) (download, error) {
	held, err := a.uc.Export.Execute(ctx, caller)
	if err != nil {
		return download{}, err
	}
	head, err := json.Marshal(showHeld(caller, held, a.clock()))
	if err != nil {
		return download{}, err
	}
	head = append(bytes.TrimSuffix(head, []byte("}")), `,"audit_events":[`...)
	return download{media: "application/json", name: "account.json", body: newAccountExport(string(head), held.Events)}, nil
}

// newAccountExport writes the events as the elements of the array that head opens, and then closes
// the array and the object.
func newAccountExport(head string, pages func(context.Context) ([]domain.AuditEvent, error)) *export {
	separator, closed := "", false
	e := &export{next: func(ctx context.Context, w io.Writer) error {
		events, err := pages(ctx)
		switch {
		case err != nil:
			return err
		case closed:
			return io.EOF
		case len(events) == 0:
			closed = true
			_, err = io.WriteString(w, "]}\n")
			return err
		}
		for _, event := range events {
			line, err := json.Marshal(showEvent(event))
			if err != nil {
				return err
			}
			if _, err := io.WriteString(w, separator+string(line)); err != nil {
				return err
			}
			separator = ","
		}
		return nil
	}}
	e.text.WriteString(head)
	return e
}

func showHeld(caller domain.Caller, held account.Held, now time.Time) HeldData {
	data := HeldData{
		ExportedAt: now, Account: showMe(caller).Body, Sessions: []heldSession{}, Devices: []heldDevice{},
		Passkeys: []heldPasskey{}, Files: []File{}, MFA: showMFA(held.Factors), RecoveryCodesLeft: held.RecoveryCodesLeft,
	}
	if held.EmailChange.Email != "" {
		data.NewEmail = &held.EmailChange.Email
	}
	for _, s := range held.Sessions {
		data.Sessions = append(data.Sessions, heldSession{
			ID: s.ID, IP: s.Address, UserAgent: s.UserAgent, AMR: listed(s.AMR),
			CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt,
		})
	}
	for _, d := range held.Devices {
		data.Devices = append(data.Devices, heldDevice{
			ID: d.ID, Name: d.Name, IP: d.Address, CreatedAt: d.CreatedAt, LastUsedAt: d.LastUsedAt,
			ExpiresAt: d.ExpiresAt, EndedAt: maybe(d.EndedAt), EndReason: d.EndReason,
		})
	}
	for _, p := range held.Passkeys {
		data.Passkeys = append(data.Passkeys, showHeldPasskey(p))
	}
	if held.Avatar.ID != "" {
		data.Avatar = &Picture{ContentType: held.Avatar.Media, Size: held.Avatar.Size}
	}
	for _, f := range held.Files {
		data.Files = append(data.Files, showFile(f))
	}
	return data
}
