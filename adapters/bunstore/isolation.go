package bunstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/sole-platform/sole/application/port"
)

// catalogueQuery proves a claim. The query returns one row for each object (a table, a role, ...) that it examines: its
// name, and its fault or an empty text.
type catalogueQuery struct{ claim, remedy, query string }

// ProveIsolation implements port.Database by reading the catalogue. It examines every table, also those that no
// migration of this build created.
func (s *Store) ProveIsolation(ctx context.Context) ([]port.IsolationProof, error) {
	proofs := make([]port.IsolationProof, len(s.dialect.isolation))
	for i, q := range s.dialect.isolation {
		proof, err := s.prove(ctx, q)
		if errors.Is(err, ErrBypassesRLS) {
			return []port.IsolationProof{{Claim: boundClaim, Examined: 1, Faults: []string{err.Error()}, Remedy: boundRemedy}}, nil
		}
		if err != nil {
			return nil, s.dialect.translate(fmt.Errorf("prove that %s: %w", q.claim, err))
		}
		proofs[i] = proof
	}
	return proofs, nil
}

func (s *Store) prove(ctx context.Context, q catalogueQuery) (port.IsolationProof, error) {
	proof := port.IsolationProof{Claim: q.claim, Remedy: q.remedy}
	rows, err := s.read.DB.QueryContext(ctx, q.query)
	if err != nil {
		return proof, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var object, fault string
		if err := rows.Scan(&object, &fault); err != nil {
			return proof, err
		}
		proof.Examined++
		if fault != "" {
			proof.Faults = append(proof.Faults, object+" "+fault)
		}
	}
	return proof, rows.Err()
}

// The claims for both databases, each with its remedy.
const (
	foreignKeysClaim  = "every foreign key between rows of orgs includes the org, so that no row belongs to a row of another org"
	foreignKeysRemedy = "restore it as FOREIGN KEY (org_id, ...) REFERENCES table (org_id, ...), as in the migrations"
	referencesClaim   = "every column that refers to another row is such a foreign key, except where that row may have been deleted"
	referencesRemedy  = "add the foreign key with org_id, as in the migrations"
	primaryKeysClaim  = "every primary key begins with the org, so that the same id in two orgs is two rows"
	primaryKeysRemedy = "restore the primary key with org_id as its first column, as in the migrations"
	uniquenessClaim   = "uniqueness is per org, so that a refused duplicate reveals nothing about another org"
	uniquenessRemedy  = "recreate the unique index with org_id in it"
	tablesClaim       = "every table has an org_id, except the tables of the deployment itself"
	tablesRemedy      = "add an org_id to the table, or remove the table from the service's schema"
	stampsClaim       = "every change of what a request may do gives its account or its org a new stamp, so that no replica uses older facts"
	stampsRemedy      = "enable the trigger, or recreate it as in the migrations `org_stamps`, `account_stamps` and `service_accounts`"
)

// outliving are the columns that may refer to a row that does not exist: audit events are kept after their subjects are
// deleted, an operator belongs to another org, a trigger removes the deliveries of a webhook, and the former org is in another
// deployment.
const outliving = `('audit_events.actor_id', 'audit_events.actor_org_id', 'audit_events.resource_id', 'audit_events.request_id',
	'audit_waiting.event_id', 'audit_proofs.event_id', 'import_rows.user_id', 'webhook_deliveries.webhook_id',
	'webhook_deliveries.event_id', 'seal_origins.former_org_id')`

// orgless are the tables of the deployment itself. The tables of the queue begin with river_.
const orgless = `('orgs', 'signing_keys', 'canaries', 'goose_db_version')`
