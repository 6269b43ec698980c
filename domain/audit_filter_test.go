package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAFilterOfEventsIsChecked(t *testing.T) {
	east := time.FixedZone("east", 14*3600)
	for _, good := range []domain.AuditFilter{
		{},
		{Action: domain.EventSignedIn, Actor: anID, ResourceType: "account", ResourceID: "nobody@example.org", From: now, To: now.Add(time.Hour)},
		{Action: "no.such_action", ResourceID: "漢字 %_'\""}, {From: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)},
		{To: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)},
	} {
		require.NoError(t, good.Check(), "%v", good)
	}
	for location, bad := range map[string]domain.AuditFilter{
		"action": {Action: "a\x00b"}, "actor_id": {Actor: "someone"}, "resource_type": {ResourceType: "\xff"},
		"resource_id": {ResourceID: "a\tb"},
		"from":        {From: time.Date(1, 1, 1, 0, 0, 0, 0, east)},
		"to":          {To: time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("west", -12*3600))},
	} {
		requireFault(t, bad.Check(), location)
	}
	requireFault(
		t,
		domain.AuditFilter{Action: "\x00", Actor: "x", From: time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)}.Check(),
		"action",
		"actor_id",
		"from",
	)
}

func TestAnEventRecordsTheFilter(t *testing.T) {
	require.Empty(t, domain.AuditFilter{}.Details())
	require.Equal(t, map[string]string{
		"action": "session.signed_in", "actor_id": anID, "resource_type": "session", "resource_id": "r", "from": "2026-04-05T06:07:08Z",
		"to": "2026-04-05T06:07:08.000001Z",
	}, domain.AuditFilter{
		Action: domain.EventSignedIn, Actor: anID, ResourceType: "session", ResourceID: "r",
		From: now.In(time.FixedZone("west", -3600)), To: now.Add(time.Microsecond),
	}.Details())
}
