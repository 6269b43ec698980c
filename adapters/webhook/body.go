package webhook

import (
	"encoding/json"
	"time"

	"github.com/sole-platform/sole/domain"
)

// payload is the body of a delivery (standardwebhooks.com).
type payload struct {
	Type      domain.EventName `json:"type"`
	Timestamp time.Time        `json:"timestamp"`
	Data      data             `json:"data"`
}

// data has the names of the audit events of the API.
type data struct {
	ID           domain.EventID `json:"id"`
	Org          domain.OrgID   `json:"org_id"`
	Outcome      domain.Outcome `json:"outcome"`
	Actor        *domain.UserID `json:"actor_id"`   // null: unknown, or the service itself
	ActorType    *string        `json:"actor_type"` // null without an actor
	ResourceType string         `json:"resource_type"`
	ResourceID   string         `json:"resource_id"`
	Details      domain.Details `json:"details"`
}

// encoded returns the JSON of a delivery.
func encoded(b domain.WebhookBody) []byte {
	m := payload{Type: b.Type, Timestamp: b.At.UTC(), Data: data{
		ID: b.ID, Org: b.Org, Outcome: b.Outcome, ResourceType: b.ResourceType, ResourceID: b.ResourceID, Details: b.Details,
	}}
	if b.Actor != "" {
		kind := "account"
		if b.ActorType != domain.ActorPerson {
			kind = string(b.ActorType)
		}
		m.Data.Actor, m.Data.ActorType = &b.Actor, &kind
	}
	text, _ := json.Marshal(m) // it has nothing but texts and a time
	return text
}
