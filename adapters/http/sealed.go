package http

import "github.com/sole-platform/sole/domain"

// sealedEvent is a line of an export: the event, and what `sole audit verify` needs to
// prove it by its seal.
type sealedEvent struct {
	auditEvent
	Sealed *eventProof `json:"sealed"` // null: no seal covers it yet
}

type eventProof struct {
	Seal        int64             `json:"seal"`
	Position    int64             `json:"position"`
	Salt        string            `json:"salt,omitempty"`
	Salts       map[string]string `json:"salts,omitempty"`
	Commitments map[string]string `json:"commitments,omitempty"`
}

func showSealed(e domain.SealedEvent) sealedEvent {
	line := sealedEvent{auditEvent: showEvent(e.Event)}
	if e.Seal > 0 {
		text := e.Proof.Text()
		line.Sealed = &eventProof{e.Seal, e.Position, text.Salt, text.Salts, text.Commitments}
	}
	return line
}
