package bunstore

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type importRow struct {
	bun.BaseModel `bun:"table:imports,alias:i"`

	OrgID      domain.OrgID    `bun:",pk"`
	ID         domain.ImportID `bun:",pk"`
	CreatedBy  domain.UserID
	CreatedAt  time.Time
	FinishedAt time.Time `bun:",nullzero"`
	Format     string
	Digest     string
	Reading    bool

	Total   int `bun:",scanonly"`
	Created int `bun:",scanonly"`
	Refused int `bun:",scanonly"`
}

// byOperator is stored for the operator of the deployment, who has no account.
const byOperator domain.UserID = "00000000-0000-0000-0000-000000000000"

func newImportRow(org domain.OrgID, order domain.Import) *importRow {
	row := &importRow{
		OrgID: org, ID: order.ID, CreatedBy: order.By, CreatedAt: order.CreatedAt, FinishedAt: order.FinishedAt,
		Format: order.Format, Digest: order.Digest, Reading: order.Reading,
	}
	if row.CreatedBy == "" {
		row.CreatedBy = byOperator
	}
	return row
}

func (r *importRow) order() domain.Import {
	order := domain.Import{
		ID: r.ID, By: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), FinishedAt: r.FinishedAt.UTC(), Format: r.Format, Digest: r.Digest,
		Reading: r.Reading, Total: r.Total, Created: r.Created, Refused: r.Refused,
	}
	if order.By == byOperator {
		order.By = ""
	}
	return order
}

// importLineRow is one row of an imported file. Line is unique within the import.
type importLineRow struct {
	bun.BaseModel `bun:"table:import_rows,alias:ir"`

	OrgID    domain.OrgID    `bun:",pk"`
	ImportID domain.ImportID `bun:",pk"`
	Line     int             `bun:",pk"`
	Email    string
	FullName string
	Roles    jsonColumn[[]string]
	Status   domain.RowStatus
	UserID   domain.UserID `bun:",nullzero"`
	Faults   jsonColumn[[]importFault]
	Notes    jsonColumn[[]string]
}

// importFault is a fault of a row as it is stored. Column is the name of the column, or "row" for the whole row.
type importFault struct {
	Column  string `json:"Location"`
	Message string
}

func faultRows(faults []domain.FieldError) []importFault {
	rows := make([]importFault, len(faults))
	for i, fault := range faults {
		rows[i] = importFault{Column: storable(fault.Field), Message: storable(fault.Message)}
	}
	return rows
}

func faultsOf(rows []importFault) []domain.FieldError {
	faults := make([]domain.FieldError, len(rows))
	for i, row := range rows {
		faults[i] = domain.FieldError{Field: row.Column, Message: row.Message}
	}
	return faults
}

func newImportLineRow(org domain.OrgID, id domain.ImportID, row domain.ImportRow) importLineRow {
	return importLineRow{
		OrgID: org, ImportID: id, Line: row.Line, Email: storable(row.Email), FullName: storable(row.FullName),
		Roles: list(storableAll(row.Roles)), Status: row.Status, UserID: row.User, Faults: list(faultRows(row.Faults)),
		Notes: list(storableAll(row.Notes)),
	}
}

func storableAll(texts []string) []string {
	stored := make([]string, len(texts))
	for i, text := range texts {
		stored[i] = storable(text)
	}
	return stored
}

func (r *importLineRow) row() domain.ImportRow {
	return domain.ImportRow{
		Line: r.Line, Email: r.Email, FullName: r.FullName, Roles: absent(r.Roles.value), Status: r.Status, User: r.UserID,
		Faults: absent(faultsOf(r.Faults.value)), Notes: absent(r.Notes.value),
	}
}

type imports struct{ *orgTx }

func (r imports) Insert(ctx context.Context, order domain.Import, rows []domain.ImportRow) error {
	if err := r.insert(ctx, newImportRow(r.org, order)); err != nil {
		return err
	}
	return r.add(ctx, order.ID, rows)
}

func (r imports) Get(ctx context.Context, id domain.ImportID) (domain.Import, error) {
	var row importRow
	err := r.selects(&row).ColumnExpr("i.*, count(ir.line) AS total").
		ColumnExpr("count(ir.line) FILTER (WHERE ir.status = ?) AS created", domain.RowCreated).
		ColumnExpr("count(ir.line) FILTER (WHERE ir.status = ?) AS refused", domain.RowRefused).
		Join("LEFT JOIN import_rows AS ir ON ir.org_id = i.org_id AND ir.import_id = i.id").Where("i.id = ?", id).
		GroupExpr("i.org_id, i.id").Scan(ctx)
	return row.order(), r.one(err, domain.ErrNotFound)
}

// Unfinished implements port.Imports.
func (r imports) Unfinished(ctx context.Context, digest string) (domain.Import, error) {
	var id domain.ImportID
	err := r.selects((*importRow)(nil)).Column("id").Where("i.digest = ?", digest).Where("i.digest <> ''").
		Where("i.finished_at IS NULL").OrderExpr("i.created_at DESC, i.id DESC").Limit(1).Scan(ctx, &id)
	if err != nil {
		return domain.Import{}, r.one(err, domain.ErrNotFound)
	}
	return r.Get(ctx, id)
}

func (r imports) Rows(ctx context.Context, id domain.ImportID, status domain.RowStatus, after, limit int) ([]domain.ImportRow, error) {
	var rows []importLineRow
	err := r.page(&rows, id, status, after).Limit(int64(limit)).Scan(ctx)
	return mapped(rows, (*importLineRow).row), r.dialect.translate(err)
}

// page selects the rows after a line.
func (r imports) page(rows any, id domain.ImportID, status domain.RowStatus, after int) *bun.SelectQuery {
	q := r.selects(rows).Where("ir.import_id = ?", id).Where("ir.line > ?", after).OrderExpr("ir.line")
	if status != "" {
		q = q.Where("ir.status = ?", status)
	}
	return q
}

// Lines implements port.Imports.
func (r imports) Lines(ctx context.Context, id domain.ImportID, users []domain.UserID) (map[domain.UserID]int, error) {
	lines := map[domain.UserID]int{}
	if len(users) == 0 {
		return lines, nil
	}
	var rows []importLineRow
	err := r.selects(&rows).Column("line", "user_id").Where("ir.import_id = ?", id).Where("ir.user_id IN (?)", bun.List(users)).Scan(ctx)
	for _, row := range rows {
		lines[row.UserID] = row.Line
	}
	return lines, r.dialect.translate(err)
}

func (r imports) Forget(ctx context.Context, user domain.UserID) error {
	return r.done(r.updates((*importLineRow)(nil)).Set("email = ''").Set("full_name = ''").Set("notes = '[]'").
		Where("user_id = ?", user).Exec(ctx))
}

// Begin implements port.Imports.
func (r imports) Begin(ctx context.Context, id domain.ImportID) error {
	result, err := r.updates((*importRow)(nil)).Set("reading = ?", false).Where("id = ?", id).Where("reading").Exec(ctx)
	return r.changed(result, err, domain.ErrNotFound)
}

// Remove implements port.Imports.
func (r imports) Remove(ctx context.Context, id domain.ImportID, limit int) (more bool, err error) {
	var found domain.ImportID
	reading := r.locked(r.selects((*importRow)(nil)).Column("id").Where("i.id = ?", id).Where("i.reading"))
	if err := r.one(reading.Scan(ctx, &found), domain.ErrNotFound); err != nil {
		return false, ignoring(err, domain.ErrNotFound)
	}
	lines := r.selects((*importLineRow)(nil)).Column("line").Where("ir.import_id = ?", id).OrderExpr("ir.line").Limit(int64(limit))
	removed, err := r.counted(r.deletes((*importLineRow)(nil)).Where("import_id = ?", id).Where("line IN (?)", lines).Exec(ctx))
	if err != nil || removed == limit {
		return err == nil, err
	}
	return false, r.done(r.deletes((*importRow)(nil)).Where("id = ?", id).Exec(ctx))
}

// ignoring returns nil in place of an error that is no failure.
func ignoring(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

func (r imports) Finish(ctx context.Context, id domain.ImportID, at time.Time) error {
	return r.done(r.updates((*importRow)(nil)).Set("finished_at = ?", at).Where("id = ?", id).Where("finished_at IS NULL").Exec(ctx))
}
