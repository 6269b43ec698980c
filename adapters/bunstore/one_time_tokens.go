package bunstore

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

type oneTimeTokenRow struct {
	bun.BaseModel `bun:"table:tickets,alias:ti"`

	OrgID     domain.OrgID     `bun:",pk"`
	Kind      string           `bun:",pk"`
	Hash      domain.TokenHash `bun:",pk"`
	Content   string
	ExpiresAt time.Time
}

// OneTimeTokens implements port.OneTimeTokens in the database. It is slower than a cache, but available whenever the
// service is.
type OneTimeTokens[V port.OneTimeValue] struct {
	store *Store
	clock port.Clock
	kind  string
	gone  error
}

var (
	_ port.Challenges = (*OneTimeTokens[domain.Challenge])(nil)
	_ port.StepUps    = (*OneTimeTokens[domain.StepUp])(nil)
	_ port.Ceremonies = (*OneTimeTokens[domain.Ceremony])(nil)
	_ port.FirstRuns  = (*OneTimeTokens[domain.FirstRun])(nil)
)

// NewChallenges stores challenges.
func NewChallenges(store *Store, clock port.Clock) *OneTimeTokens[domain.Challenge] {
	return &OneTimeTokens[domain.Challenge]{store: store, clock: clock, kind: "challenge", gone: domain.ErrChallengeGone}
}

// NewStepUps stores step-ups.
func NewStepUps(store *Store, clock port.Clock) *OneTimeTokens[domain.StepUp] {
	return &OneTimeTokens[domain.StepUp]{store: store, clock: clock, kind: "step-up", gone: domain.ErrStepUpGone}
}

// NewCeremonies stores requests to use a passkey.
func NewCeremonies(store *Store, clock port.Clock) *OneTimeTokens[domain.Ceremony] {
	return &OneTimeTokens[domain.Ceremony]{store: store, clock: clock, kind: "ceremony", gone: domain.ErrCeremonyGone}
}

// NewFirstRuns stores offers to become the first owner.
func NewFirstRuns(store *Store, clock port.Clock) *OneTimeTokens[domain.FirstRun] {
	return &OneTimeTokens[domain.FirstRun]{store: store, clock: clock, kind: "first-run", gone: domain.ErrFirstRunGone}
}

// Put implements port.OneTimeTokens.
func (t *OneTimeTokens[V]) Put(ctx context.Context, org domain.OrgID, hash domain.TokenHash, value V, ttl time.Duration) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	row := &oneTimeTokenRow{OrgID: org, Kind: t.kind, Hash: hash, Content: string(content), ExpiresAt: t.clock().Add(ttl)}
	return t.store.InOrg(ctx, org, func(unit port.OrgTx) error {
		tx := unit.(*orgTx)
		return tx.done(tx.db.NewInsert().Model(row).On("CONFLICT (org_id, kind, hash) DO UPDATE").
			Set("content = EXCLUDED.content").Set("expires_at = EXCLUDED.expires_at").Exec(ctx))
	})
}

// Get implements port.OneTimeTokens.
func (t *OneTimeTokens[V]) Get(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, t.store.ReadOrg, func(tx *orgTx, content *string) error {
		return tx.selects((*oneTimeTokenRow)(nil)).Column("content").Where("ti.kind = ?", t.kind).Where("ti.hash = ?", hash).
			Where("ti.expires_at > ?", t.clock()).Scan(ctx, content)
	})
}

// Take implements port.OneTimeTokens.
func (t *OneTimeTokens[V]) Take(ctx context.Context, org domain.OrgID, hash domain.TokenHash) (V, error) {
	return t.find(ctx, org, t.store.InOrg, func(tx *orgTx, content *string) error {
		return tx.deletes((*oneTimeTokenRow)(nil)).Where("kind = ?", t.kind).Where("hash = ?", hash).
			Where("expires_at > ?", t.clock()).Returning("content").Scan(ctx, content)
	})
}

type unit = func(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error

func (t *OneTimeTokens[V]) find(ctx context.Context, org domain.OrgID, in unit, read func(*orgTx, *string) error) (value V, _ error) {
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
