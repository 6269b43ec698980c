package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

const insertEvent = `INSERT INTO audit_events
		(org_id, id, at, name, outcome, resource_type, resource_id, details, address, user_agent, request_id)
	SELECT org_id, '%s', at, name, outcome, resource_type, resource_id, details, address, user_agent, request_id
	FROM audit_events WHERE id = '%s'`

// tampering is a change of the database and the break that verification must report.
type tampering struct {
	position int64    // of the event whose id replaces %s in the statements; %o is the org
	tamper   []string // statements
	kind     domain.BreakKind
	seal     int64  // of the reported break
	event    string // of the reported break; empty: the event at the position, "-": none
}

// tamperings returns changes of a database with 250 events in three seals. ghost is the id of an inserted event.
func tamperings(ghost string) map[string]tampering {
	update := func(assignment string) []string {
		return []string{"UPDATE audit_events SET " + assignment + " WHERE id = '%s'"}
	}
	cutOff := func(seals string) []string {
		return []string{
			"DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_proofs WHERE seal " + seals + " AND org_id = '%o')",
			"DELETE FROM audit_proofs WHERE seal " + seals + " AND org_id = '%o'",
			"DELETE FROM audit_seals WHERE number " + seals + " AND org_id = '%o'",
		}
	}
	return map[string]tampering{
		"name changed":        {position: 120, tamper: update("name = 'session.signed_in'"), kind: domain.BreakChanged, seal: 2},
		"actor changed":       {position: 120, tamper: update("actor_id = NULL"), kind: domain.BreakChanged, seal: 2},
		"actor's org changed": {position: 1, tamper: update("actor_org_id = org_id"), kind: domain.BreakChanged, seal: 1},
		"address changed":     {position: 250, tamper: update("address = '192.0.2.2'"), kind: domain.BreakChanged, seal: 3},
		"details changed":     {position: 120, tamper: update("details = '{}'"), kind: domain.BreakChanged, seal: 2},
		"salt changed": {
			position: 120, kind: domain.BreakChanged, seal: 2,
			tamper: []string{"UPDATE audit_proofs SET salt = 'AAAA' WHERE event_id = '%s'"},
		},
		"removed": {
			position: 120, kind: domain.BreakRemoved, seal: 2,
			tamper: []string{"DELETE FROM audit_events WHERE id = '%s'"},
		},
		"removed with proof": {
			position: 120, kind: domain.BreakRemoved, seal: 2,
			tamper: []string{"DELETE FROM audit_events WHERE id = '%s'", "DELETE FROM audit_proofs WHERE event_id = '%s'"},
		},
		"inserted": {
			position: 120, kind: domain.BreakInserted, event: ghost,
			tamper: []string{fmt.Sprintf(insertEvent, ghost, "%s"), "DELETE FROM audit_waiting WHERE event_id = '" + ghost + "'"},
		},
		"reordered": {
			position: 120, kind: domain.BreakReordered, seal: 2,
			tamper: []string{
				"UPDATE audit_proofs SET position = 1000 WHERE event_id = '%s'",
				"UPDATE audit_proofs SET position = 120 WHERE position = 121 AND org_id = '%o'",
				"UPDATE audit_proofs SET position = 121 WHERE position = 1000 AND org_id = '%o'",
			},
		},
		"seal changed": {
			position: 120, kind: domain.BreakChanged, seal: 2, event: "-",
			tamper: []string{"UPDATE audit_seals SET token = replace(token, '.', '.A') WHERE number = 2 AND org_id = '%o'"},
		},
		"newest seal cut off":               {position: 201, tamper: cutOff("= 3"), kind: domain.BreakCutOff, seal: 3},
		"newest two seals cut off":          {position: 101, tamper: cutOff("> 1"), kind: domain.BreakCutOff, seal: 2, event: "-"},
		"events of the oldest seal removed": {position: 1, tamper: cutOff("= 1")[:2], kind: domain.BreakRemoved, seal: 1},
		"oldest seal removed":               {position: 1, tamper: cutOff("= 1"), kind: domain.BreakRemoved, seal: 1, event: "-"},
	}
}

// TestTamperingWithTheDatabaseIsReported changes a database with 250 events in three seals by SQL.
func TestTamperingWithTheDatabaseIsReported(t *testing.T) {
	t.Parallel()
	onEachArchive(t, func(t *testing.T, a archive) {
		for name, c := range tamperings(nobody) {
			t.Run(name, func(t *testing.T) {
				org := a.org(t, 250)
				require.Equal(t, 250, a.seal(t))
				seals := a.seals(t, org)
				require.Len(t, seals, 3)
				known := seals[2].Token
				require.Contains(t, a.log.String(), string(known), "the seal is in the log")
				report := a.verify(t, org, known)
				require.True(t, report.Sound(), report.Break)
				require.EqualValues(t, 250, report.Events)
				target := a.event(t, org, c.position)
				for _, statement := range c.tamper {
					a.tamper(t, strings.NewReplacer("%s", string(target), "%o", string(org)).Replace(statement))
				}
				report = a.verify(t, org, known)
				require.NotNil(t, report.Break)
				require.Equal(t, c.kind, report.Break.Kind, report.Break)
				require.Equal(t, c.seal, report.Break.Seal, report.Break)
				switch c.event {
				case "":
					require.Equal(t, target, report.Break.Event, report.Break)
				case "-":
					require.Empty(t, report.Break.Event, report.Break)
				default:
					require.EqualValues(t, c.event, report.Break.Event, report.Break)
				}
			})
		}
	})
}
