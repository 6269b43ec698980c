package bunstore

import (
	"context"
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

	Total   int `bun:",scanonly"`
	Created int `bun:",scanonly"`
	Refused int `bun:",scanonly"`
}

func (r *importRow) order() domain.Import {
	return domain.Import{
		ID: r.ID, By: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), FinishedAt: r.FinishedAt.UTC(),
		Total: r.Total, Created: r.Created, Refused: r.Refused,
	}
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
}

// importFault is a fault of a row as it is stored. Column is the name of the column, or "row" for the whole row.
type importFault struct {
	Column  string `json:"Location"`
	Message string
}

func faultRows(faults []domain.FieldError) []importFault {
	rows := make([]importFault, len(faults))
	for i, fault := range faults {
		rows[i] = importFault{Column: fault.Field, Message: fault.Message}
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

func (r *importLineRow) row() domain.ImportRow {
	return domain.ImportRow{
		Line: r.Line, Email: r.Email, FullName: r.FullName, Roles: absent(r.Roles.value), Status: r.Status, User: r.UserID,
		Faults: absent(faultsOf(r.Faults.value)),
	}
}

type imports struct{ *orgTx }

func (r imports) Insert(ctx context.Context, order domain.Import, rows []domain.ImportRow) error {
	row := &importRow{OrgID: r.org, ID: order.ID, CreatedBy: order.By, CreatedAt: order.CreatedAt, FinishedAt: order.FinishedAt}
	if err := r.insert(ctx, row); err != nil {
		return err
	}
	lines := make([]importLineRow, len(rows))
	for i, row := range rows {
		lines[i] = importLineRow{
			OrgID: r.org, ImportID: order.ID, Line: row.Line, Email: storable(row.Email), FullName: storable(row.FullName),
			Roles: list(row.Roles), Status: row.Status, UserID: row.User, Faults: list(faultRows(row.Faults)),
		}
	}
	return r.insert(ctx, &lines)
}

func (r imports) Get(ctx context.Context, id domain.ImportID) (domain.Import, error) {
	var row importRow
	err := r.selects(&row).ColumnExpr("i.id, i.created_by, i.created_at, i.finished_at, count(ir.line) AS total").
		ColumnExpr("count(ir.line) FILTER (WHERE ir.status = ?) AS created", domain.RowCreated).
		ColumnExpr("count(ir.line) FILTER (WHERE ir.status = ?) AS refused", domain.RowRefused).
		Join("LEFT JOIN import_rows AS ir ON ir.org_id = i.org_id AND ir.import_id = i.id").Where("i.id = ?", id).
		GroupExpr("i.org_id, i.id, i.created_by, i.created_at, i.finished_at").Scan(ctx)
	return row.order(), r.one(err, domain.ErrNotFound)
}

func (r imports) Rows(ctx context.Context, id domain.ImportID, status domain.RowStatus, after, limit int) ([]domain.ImportRow, error) {
	var rows []importLineRow
	q := r.selects(&rows).Where("ir.import_id = ?", id).Where("ir.line > ?", after).OrderExpr("ir.line").Limit(int64(limit))
	if status != "" {
		q = q.Where("ir.status = ?", status)
	}
	err := q.Scan(ctx)
	return mapped(rows, (*importLineRow).row), r.dialect.translate(err)
}

func (r imports) Settle(ctx context.Context, id domain.ImportID, rows []domain.ImportRow) error {
	for _, row := range rows {
		settled := &importLineRow{Status: row.Status, UserID: row.User, Faults: list(faultRows(row.Faults))}
		err := r.done(r.updates(settled).Column("status", "user_id", "faults").Where("import_id = ?", id).Where("line = ?", row.Line).Exec(ctx))
		if err != nil {
			return err
		}
	}
	return nil
}

func (r imports) Forget(ctx context.Context, user domain.UserID) error {
	return r.done(r.updates((*importLineRow)(nil)).Set("email = ''").Set("full_name = ''").Where("user_id = ?", user).Exec(ctx))
}

func (r imports) Finish(ctx context.Context, id domain.ImportID, at time.Time) error {
	return r.done(r.updates((*importRow)(nil)).Set("finished_at = ?", at).Where("id = ?", id).Where("finished_at IS NULL").Exec(ctx))
}
