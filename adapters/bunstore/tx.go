package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// orgTx implements port.OrgTx. The repositories are types that embed it.
type orgTx struct {
	db         bun.Tx
	org        domain.OrgID
	dialect    *dialect
	pipeline   *pipeline
	events     []domain.AuditEvent
	hooks      *port.DatabaseHooks
	principals *principalCache
}

func (t *orgTx) Org() port.Orgs                        { return orgs{t} }
func (t *orgTx) Users() port.Users                     { return users{t} }
func (t *orgTx) Roles() port.Roles                     { return roles{t} }
func (t *orgTx) Sessions() port.Sessions               { return sessions{t} }
func (t *orgTx) Authenticators() port.Authenticators   { return authenticators{t} }
func (t *orgTx) RecoveryCodes() port.RecoveryCodes     { return recoveryCodes{t} }
func (t *orgTx) Devices() port.Devices                 { return devices{t} }
func (t *orgTx) Attempts() port.Attempts               { return attempts{t} }
func (t *orgTx) ServiceAccounts() port.ServiceAccounts { return serviceAccounts{t} }
func (t *orgTx) APIKeys() port.APIKeys                 { return apiKeys{t} }
func (t *orgTx) Webhooks() port.Webhooks               { return webhooks{t} }
func (t *orgTx) Deliveries() port.Deliveries           { return deliveries{t} }
func (t *orgTx) Links() port.Links                     { return links{t} }
func (t *orgTx) EmailChanges() port.EmailChanges       { return emailChanges{t} }
func (t *orgTx) Emails() port.Emails                   { return emails{t} }
func (t *orgTx) Imports() port.Imports                 { return imports{t} }
func (t *orgTx) Files() port.Files                     { return files{t} }
func (t *orgTx) Jobs() port.Jobs                       { return jobs{t} }
func (t *orgTx) Audit() port.Audit                     { return audit{t} }
func (t *orgTx) AuditSeals() port.AuditSeals           { return auditSeals{t} }
func (t *orgTx) ImpactCounts() port.ImpactCounts       { return impactCounts{t} }
func (t *orgTx) Names() port.Names                     { return names{t} }

// selects, updates and deletes start every statement on rows of an org with the condition on that org.
func (t *orgTx) selects(model any) *bun.SelectQuery {
	return t.db.NewSelect().Model(model).Where("?TableAlias.org_id = ?", t.org)
}

func (t *orgTx) updates(model any) *bun.UpdateQuery {
	return t.db.NewUpdate().Model(model).Where("org_id = ?", t.org)
}

func (t *orgTx) deletes(model any) *bun.DeleteQuery {
	return t.db.NewDelete().Model(model).Where("org_id = ?", t.org)
}

// locked locks the selected rows until the unit of work ends. SQLite needs no lock, because only one unit of work writes
// at a time.
func (t *orgTx) locked(q *bun.SelectQuery) *bun.SelectQuery {
	if t.dialect.lockRows {
		return q.For("UPDATE")
	}
	return q
}

// lockUser locks an account, so that other units of work cannot replace what belongs to it.
func (t *orgTx) lockUser(ctx context.Context, id domain.UserID) error {
	var found domain.UserID
	q := t.lockedUser(t.selects((*userRow)(nil)).Column("id").Where("u.id = ?", id))
	return t.one(q.Scan(ctx, &found), domain.ErrNotFound)
}

// lockedUser is locked for the table users: it takes the weaker lock, which does not conflict with inserting rows that
// refer to the account.
func (t *orgTx) lockedUser(q *bun.SelectQuery) *bun.SelectQuery {
	if t.dialect.lockRows {
		return q.For("NO KEY UPDATE")
	}
	return q
}

func (t *orgTx) insert(ctx context.Context, model any) error {
	return t.done(t.db.NewInsert().Model(model).Exec(ctx))
}

// queue runs a statement whose result is not needed. PostgreSQL receives it together with the next statement of the unit of
// work, which saves a round trip; its error is returned by that statement. SQLite runs it at once.
func (t *orgTx) queue(ctx context.Context, statement string, args ...any) error {
	if t.pipeline.begun {
		t.pipeline.queue(statement, args...)
		return nil
	}
	return t.done(t.exec(ctx, statement, args...))
}

// exec runs a statement whose text never changes.
func (t *orgTx) exec(ctx context.Context, statement string, args ...any) (sql.Result, error) {
	if !t.pipeline.begun {
		args = sqliteValues(args)
	}
	return t.db.Tx.ExecContext(ctx, statement, args...)
}

// orNull returns the time, or NULL if it is zero.
func orNull(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at
}

// done translates the error of a statement.
func (t *orgTx) done(_ sql.Result, err error) error { return t.dialect.translate(err) }

// one translates the error of a query for one row. If there was no row it returns absent.
func (t *orgTx) one(err, absent error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return absent
	}
	return t.dialect.translate(err)
}

// changed translates the error of a statement. If the statement changed no row it returns otherwise.
func (t *orgTx) changed(result sql.Result, err, otherwise error) error {
	if rows, err := t.counted(result, err); err != nil || rows > 0 {
		return err
	}
	return otherwise
}

// counted returns how many rows a statement changed.
func (t *orgTx) counted(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, t.dialect.translate(err)
	}
	rows, err := result.RowsAffected()
	return int(rows), err
}

// announce reports the audit events of a unit that was committed.
func (t *orgTx) announce(ctx context.Context) {
	for _, event := range t.events {
		t.hooks.Committed(ctx, t.org, event)
	}
}
