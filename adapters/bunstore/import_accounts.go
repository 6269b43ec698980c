package bunstore

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

// importAccountRow is what the account of a pending row will have besides its name, address and roles.
type importAccountRow struct {
	bun.BaseModel `bun:"table:import_accounts,alias:ia"`

	OrgID      domain.OrgID  `bun:",pk"`
	ID         domain.UserID `bun:",pk"`
	ImportID   domain.ImportID
	Line       int
	Details    jsonColumn[importDetails]
	TOTPSecret domain.SealedSecret `bun:"totp_secret"`
}

// importDetails are stored as JSON, because they are read whole and only once.
type importDetails struct {
	Suspended          bool                `json:"suspended,omitzero"`
	Password           domain.PasswordHash `json:"password,omitzero"`
	MustChangePassword bool                `json:"must_change_password,omitzero"`
	RecoveryCodes      []domain.TokenHash  `json:"recovery_codes,omitempty"`
	CreatedAt          time.Time           `json:"created_at,omitzero"`
	LastSignInAt       time.Time           `json:"last_sign_in_at,omitzero"`
	TOTPEnrolledAt     time.Time           `json:"totp_enrolled_at,omitzero"`
}

func newImportAccountRow(org domain.OrgID, id domain.ImportID, line int, a domain.ImportAccount) importAccountRow {
	return importAccountRow{
		OrgID: org, ID: a.User, ImportID: id, Line: line, TOTPSecret: a.TOTP, Details: jsonColumn[importDetails]{importDetails{
			Suspended: a.Suspended, Password: a.Password, MustChangePassword: a.MustChangePassword, RecoveryCodes: a.RecoveryCodes,
			CreatedAt: a.CreatedAt, LastSignInAt: a.LastSignInAt, TOTPEnrolledAt: a.TOTPEnrolledAt,
		}},
	}
}

// pendingRow is a pending row with its account, if it has one.
type pendingRow struct {
	importLineRow `bun:",extend"`

	AccountID  domain.UserID             `bun:",scanonly,nullzero"`
	Details    jsonColumn[importDetails] `bun:",scanonly"`
	TOTPSecret domain.SealedSecret       `bun:"totp_secret,scanonly,nullzero"`
}

func (r *pendingRow) row() domain.ImportRow {
	row := r.importLineRow.row()
	if r.AccountID == "" {
		return row
	}
	d := r.Details.value
	row.Account = &domain.ImportAccount{
		User: r.AccountID, Suspended: d.Suspended, Password: d.Password, MustChangePassword: d.MustChangePassword, TOTP: r.TOTPSecret,
		RecoveryCodes: d.RecoveryCodes, CreatedAt: d.CreatedAt, LastSignInAt: d.LastSignInAt, TOTPEnrolledAt: d.TOTPEnrolledAt,
	}
	return row
}

// Add implements port.Imports.
func (r imports) Add(ctx context.Context, id domain.ImportID, rows []domain.ImportRow) error {
	found, err := r.selects((*importRow)(nil)).Where("i.id = ?", id).Exists(ctx)
	switch {
	case err != nil:
		return r.dialect.translate(err)
	case !found:
		return domain.ErrNotFound
	}
	return r.add(ctx, id, rows)
}

func (r imports) add(ctx context.Context, id domain.ImportID, rows []domain.ImportRow) error {
	if len(rows) == 0 {
		return nil
	}
	lines, accounts := make([]importLineRow, len(rows)), []importAccountRow{}
	for i, row := range rows {
		lines[i] = newImportLineRow(r.org, id, row)
		if row.Account != nil {
			accounts = append(accounts, newImportAccountRow(r.org, id, row.Line, *row.Account))
		}
	}
	if err := r.insert(ctx, &lines); err != nil || len(accounts) == 0 {
		return err
	}
	return r.insert(ctx, &accounts)
}

// Pending implements port.Imports.
func (r imports) Pending(ctx context.Context, id domain.ImportID, after, limit int) ([]domain.ImportRow, error) {
	var rows []pendingRow
	err := r.page(&rows, id, domain.RowPending, after).ColumnExpr("ir.*, ia.id AS account_id, ia.details, ia.totp_secret").
		Join("LEFT JOIN import_accounts AS ia ON ia.org_id = ir.org_id AND ia.import_id = ir.import_id AND ia.line = ir.line").
		Limit(int64(limit)).Scan(ctx)
	return mapped(rows, (*pendingRow).row), r.dialect.translate(err)
}

// Settle implements port.Imports with two statements. PostgreSQL has to be told the types of the values.
func (r imports) Settle(ctx context.Context, id domain.ImportID, rows []domain.ImportRow) error {
	if len(rows) == 0 {
		return nil
	}
	uuid, json := "", ""
	if r.dialect.lockRows {
		uuid, json = "::uuid", "::jsonb"
	}
	values, lines := make([]string, len(rows)), make([]int, len(rows))
	args := make([]any, 0, 5*len(rows)+2)
	for i, row := range rows {
		var user any
		if row.User != "" {
			user = row.User
		}
		values[i], lines[i] = "(?, ?, ?, ?, ?)", row.Line
		args = append(args, row.Line, row.Status, user, list(faultRows(row.Faults)), list(storableAll(row.Notes)))
	}
	statement := `WITH v (line, status, user_id, faults, notes) AS (VALUES ` + strings.Join(values, ", ") + `)
		UPDATE import_rows AS ir SET status = v.status, user_id = v.user_id` + uuid + `, faults = v.faults` + json + `, notes = v.notes` + json +
		` FROM v WHERE ir.org_id = ? AND ir.import_id = ? AND ir.line = v.line`
	if err := r.done(r.db.NewRaw(statement, append(args, r.org, id)...).Exec(ctx)); err != nil {
		return err
	}
	return r.done(r.deletes((*importAccountRow)(nil)).Where("import_id = ?", id).Where("line IN (?)", bun.List(lines)).Exec(ctx))
}
