package bunstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// orgTables are the tables of sections that have another name.
var orgTables = map[port.OrgSection]string{
	port.SectionOrg: "orgs", port.SectionSettings: "org_settings", port.SectionAccounts: "users", port.SectionAccountRoles: "user_roles",
}

// ownRows select the rows of a section that belong to the org for longer than a sign-in or an enrolment.
var ownRows = map[port.OrgSection]string{port.SectionFactors: "enrolled_at IS NOT NULL", port.SectionDevices: "ended_at IS NULL"}

// orgPage is how many rows one query of Each reads, and one statement of Insert adds.
const orgPage = 500

// ExportOrg implements port.OrgTransfers.
func (s *Store) ExportOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx, port.OrgRows) error) error {
	return s.unit(ctx, scope{org: org, frozen: true}, func(tx port.OrgTx) error { return fn(tx, orgRows{tx.(*orgTx)}) })
}

// ImportOrg implements port.OrgTransfers.
func (s *Store) ImportOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx, port.OrgRows) error) error {
	return s.unit(ctx, scope{write: true, org: org}, func(tx port.OrgTx) error { return fn(tx, orgRows{tx.(*orgTx)}) })
}

type orgRows struct{ *orgTx }

func tableOf(section port.OrgSection) string {
	if table, named := orgTables[section]; named {
		return table
	}
	return string(section)
}

// orgColumn is the column that names the org of a row.
func orgColumn(section port.OrgSection) string {
	if section == port.SectionOrg {
		return "id"
	}
	return "org_id"
}

// Each implements port.OrgRows.
func (r orgRows) Each(ctx context.Context, section port.OrgSectionFields, visit func(port.OrgRow) error) error {
	for last := port.OrgRow(nil); ; {
		page, err := r.page(ctx, section, last)
		if err != nil {
			return fmt.Errorf("read %s: %w", section.Section, r.dialect.translate(err))
		}
		for _, row := range page {
			if err := visit(row); err != nil {
				return err
			}
		}
		if len(page) < orgPage {
			return nil
		}
		last = page[len(page)-1]
	}
}

// page reads the rows after the last one.
func (r orgRows) page(ctx context.Context, section port.OrgSectionFields, last port.OrgRow) (page []port.OrgRow, err error) {
	q := r.db.NewSelect().TableExpr("?", bun.Ident(tableOf(section.Section))).
		Where("? = ?", bun.Ident(orgColumn(section.Section)), r.org).Limit(orgPage)
	for _, field := range section.Fields {
		q = q.ColumnExpr("?", bun.Ident(field.Name))
	}
	var key, after []any
	for _, field := range section.Fields[:section.Key] {
		q = q.OrderExpr("?", bun.Ident(field.Name))
		key, after = append(key, bun.Ident(field.Name)), append(after, last[field.Name])
	}
	if last != nil {
		marks := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(key)), ", ") + ")"
		q = q.Where(marks+" > "+marks, append(key, after...)...)
	}
	if own := ownRows[section.Section]; own != "" {
		q = q.Where(own)
	}
	rows, err := q.Rows(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		row, err := scanOrgRow(rows, section.Fields)
		if err != nil {
			return nil, err
		}
		page = append(page, row)
	}
	return page, rows.Err()
}

func scanOrgRow(rows *sql.Rows, fields []port.OrgField) (port.OrgRow, error) {
	texts, numbers := make([]sql.NullString, len(fields)), make([]sql.NullInt64, len(fields))
	switches, times := make([]sql.NullBool, len(fields)), make([]time.Time, len(fields))
	into := make([]any, len(fields))
	for i, field := range fields {
		switch field.Kind {
		case port.FieldNumber:
			into[i] = &numbers[i]
		case port.FieldSwitch:
			into[i] = &switches[i]
		case port.FieldTime:
			into[i] = at(&times[i])
		default:
			into[i] = &texts[i]
		}
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	row := make(port.OrgRow, len(fields))
	for i, field := range fields {
		switch {
		case texts[i].Valid && field.Kind == port.FieldJSON:
			var value any
			if err := json.Unmarshal([]byte(texts[i].String), &value); err != nil {
				return nil, fmt.Errorf("%s: %w", field.Name, err)
			}
			row[field.Name] = value
		case texts[i].Valid:
			row[field.Name] = texts[i].String
		case numbers[i].Valid:
			row[field.Name] = numbers[i].Int64
		case switches[i].Valid:
			row[field.Name] = switches[i].Bool
		case !times[i].IsZero():
			row[field.Name] = times[i].UTC()
		default:
			row[field.Name] = nil
		}
	}
	return row, nil
}

// Insert implements port.OrgRows.
func (r orgRows) Insert(ctx context.Context, section port.OrgSectionFields, rows []port.OrgRow) error {
	for page := range slices.Chunk(rows, orgPage) {
		if err := r.insertPage(ctx, section, page); err != nil {
			return err
		}
	}
	return nil
}

func (r orgRows) insertPage(ctx context.Context, section port.OrgSectionFields, page []port.OrgRow) error {
	columns := []any{bun.Ident(orgColumn(section.Section))}
	for _, field := range section.Fields {
		if field.Name != orgColumn(section.Section) {
			columns = append(columns, bun.Ident(field.Name))
		}
	}
	derived := derivedColumns[section.Section]
	if derived.column != "" {
		columns = append(columns, bun.Ident(derived.column))
	}
	marks := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	args := append([]any{bun.Ident(tableOf(section.Section))}, columns...)
	for _, row := range page {
		args = append(args, string(r.org))
		for _, field := range section.Fields {
			if field.Name != orgColumn(section.Section) {
				args = append(args, stored(field, row[field.Name]))
			}
		}
		if derived.column != "" {
			args = append(args, derived.of(row))
		}
	}
	statement := "INSERT INTO ? " + marks + " VALUES " + marks + strings.Repeat(", "+marks, len(page)-1)
	if err := r.done(r.db.NewRaw(statement, args...).Exec(ctx)); err != nil {
		return err
	}
	return r.accompany(ctx, section.Section, page)
}

// stored returns the value as its column takes it.
func stored(field port.OrgField, value any) any {
	if field.Kind == port.FieldJSON {
		return jsonColumn[any]{value}
	}
	return value
}

// derivedColumns are computed from other columns.
var derivedColumns = map[port.OrgSection]struct {
	column string
	of     func(port.OrgRow) string
}{
	port.SectionAccounts: {"email_key", func(row port.OrgRow) string { return domain.Email(text(row, "email")).Key() }},
	port.SectionServices: {"name_key", func(row port.OrgRow) string { return domain.ServiceAccount{Name: text(row, "name")}.NameKey() }},
}

// accompany adds and removes the rows of other tables that belong to inserted ones.
func (r orgRows) accompany(ctx context.Context, section port.OrgSection, page []port.OrgRow) error {
	switch section {
	case port.SectionAccounts:
		var words []userWordRow
		for _, row := range page {
			id, email, name := domain.UserID(text(row, "id")), domain.Email(text(row, "email")), text(row, "full_name")
			for _, word := range (domain.User{Email: email, FullName: name}).SearchWords() {
				words = append(words, userWordRow{OrgID: r.org, Word: word, UserID: id})
			}
		}
		return r.insert(ctx, &words)
	case port.SectionEvents: // a trigger lets each wait for a seal; those that really wait are in a section of their own
		ids := make([]string, len(page))
		for i, row := range page {
			ids[i] = text(row, "id")
		}
		return r.done(r.deletes((*waitingRow)(nil)).Where("event_id IN (?)", bun.List(ids)).Exec(ctx))
	case port.SectionWebhooks:
		circuits := make([]webhookCircuitRow, len(page))
		for i, row := range page {
			circuits[i] = webhookCircuitRow{OrgID: r.org, WebhookID: domain.WebhookID(text(row, "id"))}
		}
		return r.insert(ctx, &circuits)
	default:
		return nil
	}
}

func text(row port.OrgRow, field string) string {
	text, _ := row[field].(string)
	return text
}
