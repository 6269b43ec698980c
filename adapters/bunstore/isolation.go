package bunstore

import (
	"context"
	"errors"
	"fmt"
)

// Proof is one of the things in the database that keep orgs apart, and where it does not hold.
type Proof struct {
	Claim  string   // in plain words
	Seen   int      // how many things were looked at
	Faults []string // each names a thing and what is wrong with it
	Mend   string   // what to do about a fault
}

// catalogueQuestion is how a claim is proven: the query gives one row per thing looked at,
// its name and what is wrong with it, empty when nothing is.
type catalogueQuestion struct{ claim, mend, query string }

// ProveIsolation reads the catalogue of the live database and changes nothing. It looks at
// every table there is, also those that no migration of this build made.
func (s *Store) ProveIsolation(ctx context.Context) ([]Proof, error) {
	proofs := make([]Proof, len(s.dialect.isolation))
	for i, question := range s.dialect.isolation {
		proof, err := s.prove(ctx, question)
		if errors.Is(err, ErrBypassesRLS) {
			return []Proof{{Claim: boundClaim, Seen: 1, Faults: []string{err.Error()}, Mend: boundMend}}, nil
		}
		if err != nil {
			return nil, s.dialect.translate(fmt.Errorf("prove that %s: %w", question.claim, err))
		}
		proofs[i] = proof
	}
	return proofs, nil
}

func (s *Store) prove(ctx context.Context, question catalogueQuestion) (Proof, error) {
	proof := Proof{Claim: question.claim, Mend: question.mend}
	rows, err := s.read.DB.QueryContext(ctx, question.query)
	if err != nil {
		return proof, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var thing, fault string
		if err := rows.Scan(&thing, &fault); err != nil {
			return proof, err
		}
		proof.Seen++
		if fault != "" {
			proof.Faults = append(proof.Faults, thing+" "+fault)
		}
	}
	return proof, rows.Err()
}

// The claims that hold on both databases, and what to do where they do not.
const (
	foreignKeysClaim = "every foreign key between rows of orgs carries the org, so that no row belongs to a row of another org"
	foreignKeysMend  = "put it back as FOREIGN KEY (org_id, ...) REFERENCES table (org_id, ...), as the migrations have it"
	referencesClaim  = "every column that names another row is such a foreign key, except where what it names may be gone"
	referencesMend   = "add the foreign key with org_id, as the migrations have it"
	primaryKeysClaim = "every primary key begins with the org, so that the same id in two orgs is two rows"
	primaryKeysMend  = "put the primary key back with org_id as its first column, as the migrations have it"
	uniquenessClaim  = "whatever must be unique must be so within an org, so that a refused duplicate tells nothing of another"
	uniquenessMend   = "make the unique index again with org_id in it"
	tablesClaim      = "every table belongs to orgs, row by row, except those of the deployment itself"
	tablesMend       = "give the table an org_id, or remove it from the service's schema"
)

// outliving are the columns that may name what is gone or was never here: facts outlive
// what they are about, and an operator belongs to another org.
const outliving = `('audit_events.actor_id', 'audit_events.actor_org_id', 'audit_events.resource_id', 'audit_events.request_id', 'audit_waiting.event_id', 'audit_proofs.event_id', 'import_rows.user_id')`

// orgless are the tables of the deployment itself; those of the queue begin with river_.
const orgless = `('orgs', 'signing_keys', 'canaries', 'goose_db_version')`
