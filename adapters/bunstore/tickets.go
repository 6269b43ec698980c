package bunstore

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

type ticketRow struct {
	bun.BaseModel `bun:"table:tickets,alias:ti"`

	OrgID     domain.OrgID     `bun:",pk"`
	Kind      string           `bun:",pk"`
	Hash      domain.TokenHash `bun:",pk"`
	Content   string
	ExpiresAt time.Time
}

// Tickets implements port.Tickets: slower than a cache, and there whenever the service is.
type Tickets[V domain.Challenge | domain.StepUp] struct {
	store *Store
	clock port.Clock
	kind  string
	gone  error
}

var (
	_ port.Challenges = (*Tickets[domain.Challenge])(nil)
	_ port.StepUps    = (*Tickets[domain.StepUp])(nil)
)

// NewChallenges keeps challenges in the store.
func NewChallenges(store *Store, clock port.Clock) *Tickets[domain.Challenge] {
	return &Tickets[domain.Challenge]{store, clock, "challenge", domain.ErrChallengeGone}
}

// NewStepUps keeps step-ups in the store.
func NewStepUps(store *Store, clock port.Clock) *Tickets[domain.StepUp] {
	return &Tickets[domain.StepUp]{store, clock, "step-up", domain.ErrStepUpGone}
}

// Put implements port.Tickets.
func (t *Tickets[V]) Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	row := &ticketRow{OrgID: org, Kind: t.kind, Hash: hash, Content: string(content), ExpiresAt: t.clock().Add(ttl)}
	return t.store.InOrg(ctx, org, func(unit port.OrgTx) error {
		tx := unit.(*orgTx)
		return tx.done(tx.db.NewInsert().Model(row).On("CONFLICT (org_id, kind, hash) DO UPDATE").
			Set("content = EXCLUDED.content").Set("expires_at = EXCLUDED.expires_at").Exec(ctx))
	})
}

// Get implements port.Tickets.
func (t *Tickets[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, t.store.ReadOrg, func(tx *orgTx, content *string) error {
		return tx.selects((*ticketRow)(nil)).Column("content").Where("ti.kind = ?", t.kind).Where("ti.hash = ?", hash).
			Where("ti.expires_at > ?", t.clock()).Scan(ctx, content)
	})
}

// Take implements port.Tickets.
func (t *Tickets[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, t.store.InOrg, func(tx *orgTx, content *string) error {
		return tx.deletes((*ticketRow)(nil)).Where("kind = ?", t.kind).Where("hash = ?", hash).
			Where("expires_at > ?", t.clock()).Returning("content").Scan(ctx, content)
	})
}

type unit = func(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error

func (t *Tickets[V]) find(ctx context.Context, org domain.OrgID, in unit, read func(*orgTx, *string) error) (value V, _ error) {
	var content string
	err := in(ctx, org, func(unit port.OrgTx) error {
		tx := unit.(*orgTx)
		return tx.one(read(tx, &content), t.gone)
	})
	if err != nil {
		return value, err
	}
	return value, json.Unmarshal([]byte(content), &value)
}
