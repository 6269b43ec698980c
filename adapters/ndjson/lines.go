package ndjson

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sole-platform/sole/domain"
)

// eventLine is an event of an export.
type eventLine struct {
	ID           domain.EventID    `json:"id"`
	CreatedAt    time.Time         `json:"created_at"`
	Action       domain.EventName  `json:"action"`
	Outcome      domain.Outcome    `json:"outcome"`
	ActorID      domain.UserID     `json:"actor_id"`
	ActorOrgID   domain.OrgID      `json:"actor_org_id"`
	ResourceType string            `json:"resource_type"`
	ResourceID   string            `json:"resource_id"`
	Details      map[string]string `json:"details"`
	IP           string            `json:"ip"`
	UserAgent    string            `json:"user_agent"`
	RequestID    string            `json:"request_id"`
	ActorType    string            `json:"actor_type"`
	Sealed       *struct {
		Seal        int64             `json:"seal"`
		Position    int64             `json:"position"`
		Salt        string            `json:"salt"`
		Salts       map[string]string `json:"salts"`
		Commitments map[string]string `json:"commitments"`
	} `json:"sealed"`
}

func (l eventLine) sealed() domain.SealedEvent {
	s := domain.SealedEvent{Event: domain.AuditEvent{
		ID: l.ID, At: l.CreatedAt.UTC(), Name: l.Action, Outcome: l.Outcome, Actor: l.ActorID, ActorType: domain.ParseActorType(l.ActorType),
		ResourceType: l.ResourceType, ResourceID: l.ResourceID, Details: l.Details,
		Origin: domain.Origin{Address: l.IP, UserAgent: l.UserAgent, RequestID: l.RequestID, HomeOrg: l.ActorOrgID},
	}}
	if l.Sealed != nil {
		s.Seal, s.Position = l.Sealed.Seal, l.Sealed.Position
		s.Proof = domain.ProofText{Salt: l.Sealed.Salt, Salts: l.Sealed.Salts, Commitments: l.Sealed.Commitments}.Proof()
	}
	return s
}

// sealLine is a seal, as it is in the output of `sole audit seals` and in the audit log stream.
type sealLine struct {
	OrgID domain.OrgID     `json:"org_id"`
	Seal  int64            `json:"seal"`
	At    time.Time        `json:"sealed_at"`
	Token domain.SealToken `json:"token"`
}

// maxLine is the maximum length of a line in bytes.
const maxLine = 1 << 20

// eachLine calls read with every line of a file and its offset. It skips empty lines.
func eachLine(file io.Reader, read func(at int64, line []byte) error) error {
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	at, next := int64(0), int64(0)
	lines.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		advance, token, err := bufio.ScanLines(data, atEOF)
		next += int64(advance)
		return advance, token, err
	})
	for number := 1; lines.Scan(); number++ {
		if len(lines.Bytes()) > 0 {
			if err := read(at, lines.Bytes()); err != nil {
				return fmt.Errorf("line %d: %w", number, err)
			}
		}
		at = next
	}
	if err := lines.Err(); err != nil {
		return errors.New("it cannot be read to its end: a line has at most a megabyte")
	}
	return nil
}

// object reads a line that is one JSON object.
func object[T any](line []byte) (value T, err error) {
	if err := json.Unmarshal(line, &value); err != nil {
		return value, errors.New("this is not a JSON object of the expected kind")
	}
	return value, nil
}
