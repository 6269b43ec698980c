package bunstore

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type orgRow struct {
	bun.BaseModel `bun:"table:orgs,alias:o"`

	ID        domain.OrgID `bun:",pk"`
	Name      string
	Slug      domain.Slug
	Status    domain.Status
	Platform  bool
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64
}

func newOrgRow(o domain.Org) *orgRow {
	return &orgRow{ID: o.ID, Name: o.Name, Slug: o.Slug, Status: o.Status, Platform: o.Platform, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt, Version: o.Version}
}

func (r *orgRow) org() domain.Org {
	return domain.Org{ID: r.ID, Name: r.Name, Slug: r.Slug, Status: r.Status, Platform: r.Platform, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Version: r.Version}
}

type settingsRow struct {
	bun.BaseModel `bun:"table:org_settings,alias:os"`

	OrgID                     domain.OrgID `bun:",pk"`
	RequireTwoFactor          bool
	MFARequiredActions        jsonColumn[[]domain.Action] `bun:"mfa_required_actions"`
	RememberDeviceDays        int
	SessionTimeoutMinutes     int
	AllowProfileEdit          bool
	AllowUserDataExport       bool
	PasswordMinLength         int
	AuditLogRetentionDays     int
	InactiveUserRetentionDays int
	DefaultLocale             string
	PolicyVersion             int64
	UpdatedAt                 time.Time
}

func newSettingsRow(org domain.OrgID, s domain.OrgSettings) *settingsRow {
	return &settingsRow{
		OrgID: org, RequireTwoFactor: s.RequireTwoFactor, MFARequiredActions: list(s.MFARequiredActions), RememberDeviceDays: s.RememberDeviceDays,
		SessionTimeoutMinutes: s.SessionTimeoutMinutes, AllowProfileEdit: s.AllowProfileEdit, AllowUserDataExport: s.AllowUserDataExport,
		PasswordMinLength: s.PasswordMinLength, AuditLogRetentionDays: s.AuditLogRetentionDays, InactiveUserRetentionDays: s.InactiveUserRetentionDays,
		DefaultLocale: s.DefaultLocale, PolicyVersion: s.PolicyVersion, UpdatedAt: s.UpdatedAt,
	}
}

func (r *settingsRow) settings() domain.OrgSettings {
	return domain.OrgSettings{
		RequireTwoFactor: r.RequireTwoFactor, MFARequiredActions: absent(r.MFARequiredActions.value), RememberDeviceDays: r.RememberDeviceDays,
		SessionTimeoutMinutes: r.SessionTimeoutMinutes, AllowProfileEdit: r.AllowProfileEdit, AllowUserDataExport: r.AllowUserDataExport,
		PasswordMinLength: r.PasswordMinLength, AuditLogRetentionDays: r.AuditLogRetentionDays, InactiveUserRetentionDays: r.InactiveUserRetentionDays,
		DefaultLocale: r.DefaultLocale, PolicyVersion: r.PolicyVersion, UpdatedAt: r.UpdatedAt.UTC(),
	}
}

type orgs struct{ *orgTx }

func (r orgs) Get(ctx context.Context) (domain.Org, error) {
	var row orgRow
	err := r.db.NewSelect().Model(&row).Where("o.id = ?", r.org).Scan(ctx)
	return row.org(), r.one(err, domain.ErrOrgNotFound)
}

func (r orgs) Lock(ctx context.Context) (domain.Org, error) {
	var row orgRow
	q := r.db.NewSelect().Model(&row).Where("o.id = ?", r.org)
	if r.dialect.lockRows {
		q = q.For("NO KEY UPDATE") // with which foreign keys to the org do not conflict
	}
	err := q.Scan(ctx)
	return row.org(), r.one(err, domain.ErrOrgNotFound)
}

func (r orgs) Update(ctx context.Context, org domain.Org) error {
	row := newOrgRow(org)
	row.Version++
	result, err := r.db.NewUpdate().Model(row).Column("name", "slug", "status", "updated_at", "version").
		Where("id = ?", r.org).Where("version = ?", org.Version).Exec(ctx)
	return r.changed(result, err, domain.ErrStale)
}

func (r orgs) Settings(ctx context.Context) (domain.OrgSettings, error) {
	var row settingsRow
	err := r.selects(&row).Scan(ctx)
	return row.settings(), r.one(err, domain.ErrOrgNotFound)
}

func (r orgs) LockSettings(ctx context.Context) (domain.OrgSettings, error) {
	var row settingsRow
	err := r.locked(r.selects(&row)).Scan(ctx)
	return row.settings(), r.one(err, domain.ErrOrgNotFound)
}

func (r orgs) SaveSettings(ctx context.Context, settings domain.OrgSettings) error {
	result, err := r.updates(newSettingsRow(r.org, settings)).ExcludeColumn("org_id").Exec(ctx)
	return r.changed(result, err, domain.ErrOrgNotFound)
}
