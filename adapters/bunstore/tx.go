package bunstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// orgTx is one unit of work on one org. Repositories are views of it.
type orgTx struct {
	db      bun.Tx
	org     domain.OrgID
	dialect *dialect
	ends    *ends
	events  []domain.AuditEvent
	employ  func(ctx context.Context, tx *sql.Tx, org domain.OrgID, order any) error
	post    func(ctx context.Context, tx *sql.Tx, org domain.OrgID, letter domain.Letter) error
}

func (t *orgTx) Org() port.Orgs                      { return orgs{t} }
func (t *orgTx) Users() port.Users                   { return users{t} }
func (t *orgTx) Roles() port.Roles                   { return roles{t} }
func (t *orgTx) Sessions() port.Sessions             { return sessions{t} }
func (t *orgTx) Authenticators() port.Authenticators { return authenticators{t} }
func (t *orgTx) RecoveryCodes() port.RecoveryCodes   { return recoveryCodes{t} }
func (t *orgTx) Devices() port.Devices               { return devices{t} }
func (t *orgTx) Attempts() port.Attempts             { return attempts{t} }
func (t *orgTx) Links() port.Links                   { return links{t} }
func (t *orgTx) EmailChanges() port.EmailChanges     { return emailChanges{t} }
func (t *orgTx) Letters() port.Letters               { return letters{t} }
func (t *orgTx) Imports() port.Imports               { return imports{t} }
func (t *orgTx) Files() port.Files                   { return files{t} }
func (t *orgTx) Jobs() port.Jobs                     { return jobs{t} }
func (t *orgTx) Audit() port.Audit                   { return audit{t} }
func (t *orgTx) AuditSeals() port.AuditSeals         { return auditSeals{t} }
func (t *orgTx) Census() port.Census                 { return census{t} }

// selects, updates and deletes begin every statement on tenant rows with their org.
func (t *orgTx) selects(model any) *bun.SelectQuery {
	return t.db.NewSelect().Model(model).Where("?TableAlias.org_id = ?", t.org)
}

func (t *orgTx) updates(model any) *bun.UpdateQuery {
	return t.db.NewUpdate().Model(model).Where("org_id = ?", t.org)
}

func (t *orgTx) deletes(model any) *bun.DeleteQuery {
	return t.db.NewDelete().Model(model).Where("org_id = ?", t.org)
}

// locked keeps the selected rows from other units until this one ends. On SQLite the
// one writer already does.
func (t *orgTx) locked(q *bun.SelectQuery) *bun.SelectQuery {
	if t.dialect.lockRows {
		return q.For("UPDATE")
	}
	return q
}

// lockUser keeps other units from replacing what belongs to the account.
func (t *orgTx) lockUser(ctx context.Context, id domain.UserID) error {
	var found domain.UserID
	q := t.lockedUser(t.selects((*userRow)(nil)).Column("id").Where("u.id = ?", id))
	return t.one(q.Scan(ctx, &found), domain.ErrNotFound)
}

// lockedUser is locked for rows of users: it takes the weaker lock, with which foreign keys
// to the account do not conflict.
func (t *orgTx) lockedUser(q *bun.SelectQuery) *bun.SelectQuery {
	if t.dialect.lockRows {
		return q.For("NO KEY UPDATE")
	}
	return q
}

func (t *orgTx) insert(ctx context.Context, model any) error {
	return t.done(t.db.NewInsert().Model(model).Exec(ctx))
}

// done speaks of a statement's failure in the domain's words, inside the unit already.
func (t *orgTx) done(_ sql.Result, err error) error { return t.dialect.translate(err) }

// one turns "no such row" into the error that the caller may see.
func (t *orgTx) one(err, absent error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return absent
	}
	return t.dialect.translate(err)
}

// changed demands that the statement changed a row; otherwise it returns otherwise.
func (t *orgTx) changed(result sql.Result, err, otherwise error) error {
	if rows, err := t.counted(result, err); err != nil || rows > 0 {
		return err
	}
	return otherwise
}

// counted is how many rows a statement touched.
func (t *orgTx) counted(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, t.dialect.translate(err)
	}
	rows, err := result.RowsAffected()
	return int(rows), err
}

// announce hands the unit's audit events on, now that they are facts.
func (t *orgTx) announce(ctx context.Context, audited func(context.Context, domain.OrgID, domain.AuditEvent)) {
	if audited == nil {
		return
	}
	for _, event := range t.events {
		audited(ctx, t.org, event)
	}
}
