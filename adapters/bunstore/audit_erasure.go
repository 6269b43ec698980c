package bunstore

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

// erasePage is how many events are erased per query.
const erasePage = 200

func (r auditSeals) Erase(ctx context.Context, account domain.UserID) (erased int, err error) {
	ids, err := r.concerning(ctx, account)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	err = r.through(ctx, doorErase, func() error {
		for page := range slices.Chunk(ids, erasePage) {
			n, err := r.eraseAll(ctx, account, page)
			if erased += n; err != nil {
				return err
			}
		}
		return nil
	})
	return erased, err
}

// concerning lists the events that the account caused and those that are about it. Each half uses its own index.
func (r auditSeals) concerning(ctx context.Context, account domain.UserID) (ids []domain.EventID, err error) {
	done := r.eventsBy(byResource, (*auditRow)(nil)).Column("id").Where("ae.resource_id = ?", string(account))
	q := r.eventsBy(byActor, (*auditRow)(nil)).Column("id").Where("ae.actor_id = ?", account).Union(done)
	return ids, r.dialect.translate(q.Scan(ctx, &ids))
}

// eraseAll first increments the turn of the events that wait for a seal, so that no process seals their old content: a
// process that is about to seal them waits for this unit of work, and then finds another turn.
func (r auditSeals) eraseAll(ctx context.Context, account domain.UserID, ids []domain.EventID) (erased int, err error) {
	waiting := r.updates((*waitingRow)(nil)).Set("turn = turn + 1").Where("event_id IN (?)", bun.List(ids))
	if err := r.done(waiting.Exec(ctx)); err != nil {
		return 0, err
	}
	var rows []auditRow
	if err := r.selects(&rows).Where("ae.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return 0, r.dialect.translate(err)
	}
	proofs, err := r.Proofs(ctx, ids)
	if err != nil {
		return 0, err
	}
	for i := range rows {
		before := rows[i].event()
		after, names := before.Erase(account)
		if len(names) == 0 {
			continue
		}
		if err := r.replace(ctx, after); err != nil {
			return erased, err
		}
		erased++
		if sealed, ok := proofs[before.ID]; ok {
			sealed.Proof = sealed.Proof.Erase(before, names)
			if err := r.reprove(ctx, sealed); err != nil {
				return erased, err
			}
		}
	}
	return erased, nil
}

func (r auditSeals) replace(ctx context.Context, e domain.AuditEvent) error {
	row := newAuditRow(r.org, e)
	return r.done(r.updates((*auditRow)(nil)).Set("resource_id = ?", row.ResourceID).Set("details = ?", row.Details).
		Set("address = ?", row.Address).Set("user_agent = ?", row.UserAgent).Where("id = ?", e.ID).Exec(ctx))
}

func (r auditSeals) reprove(ctx context.Context, s domain.SealedEvent) error {
	row := newProofRow(r.org, s)
	return r.done(r.updates((*proofRow)(nil)).Set("salt = ?", row.Salt).Set("fields = ?", row.Fields).
		Where("position = ?", row.Position).Exec(ctx))
}
