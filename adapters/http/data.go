package http

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/domain"
)

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
	RecoveryCodesLeft int           `json:"recovery_codes_left"`
	Avatar            *Picture      `json:"avatar" doc:"GET /me/avatar returns the image."`
	Files             []File        `json:"files" doc:"Files of the org that the account has stored."`
}

type heldSession struct {
	ID         domain.SessionID `json:"id"`
	IP         string           `json:"ip"`
	UserAgent  string           `json:"user_agent"`
	AMR        []domain.AMR     `json:"amr" enum:"pwd,otp,rc,dev" doc:"How the account signed in."`
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

func (s *Server) exportMe(ctx context.Context, caller domain.Caller, _ *nothing) (*exportResponse, error) {
	held, err := s.uc.ExportAccount.Execute(ctx, caller)
	if err != nil {
		return nil, err
	}
	head, err := json.Marshal(showHeld(caller, held, s.Clock()))
	if err != nil {
		return nil, err
	}
	head = append(bytes.TrimSuffix(head, []byte("}")), `,"audit_events":[`...)
	return &exportResponse{
		ContentType: "application/json", Disposition: `attachment; filename="account.json"`,
		Body: func(to huma.Context) { s.stream(to, newAccountExport(string(head), held.Events)) },
	}, nil
}

// newAccountExport writes the events as the elements of the array that head opens, and closes
// what is open after the last.
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
		ExportedAt: now, Account: showMe(caller).Body, Sessions: []heldSession{}, Devices: []heldDevice{}, Files: []File{},
		MFA: mfaState{held.Authenticator.Enrolled(), maybe(held.Authenticator.EnrolledAt)}, RecoveryCodesLeft: held.RecoveryCodesLeft,
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
		data.Devices = append(data.Devices, heldDevice{d.ID, d.Name, d.Address, d.CreatedAt, d.LastUsedAt, d.ExpiresAt, maybe(d.EndedAt), d.EndReason})
	}
	if held.Avatar.ID != "" {
		data.Avatar = &Picture{held.Avatar.Media, held.Avatar.Size}
	}
	for _, f := range held.Files {
		data.Files = append(data.Files, showFile(f))
	}
	return data
}
