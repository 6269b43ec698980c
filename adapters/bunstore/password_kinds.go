package bunstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

// passwordKindsRow exists for an org with accounts whose hashes other systems computed.
type passwordKindsRow struct {
	bun.BaseModel `bun:"table:password_kinds,alias:k"`

	OrgID    domain.OrgID `bun:",pk"`
	Document string       // JSON of domain.PasswordKinds
}

// userForSignIn returns one row for every address, so that one without an account costs as much.
const userForSignIn = `SELECT COALESCE(CAST(u.id AS text), ''), COALESCE(u.email, ''), COALESCE(u.full_name, ''), COALESCE(u.status, ''),
	COALESCE(u.password_hash, ''), COALESCE(u.must_change_password, FALSE), u.password_changed_at, u.last_sign_in_at,
	u.last_suspended_at, u.created_at, u.updated_at, COALESCE(u.version, 0), COALESCE(k.document, '')
	FROM (SELECT 1) AS one LEFT JOIN users AS u ON u.org_id = $1 AND u.email_key = $2
	LEFT JOIN password_kinds AS k ON k.org_id = $1`

func (r users) ForSignIn(ctx context.Context, email domain.Email) (u domain.User, kinds domain.PasswordKinds, err error) {
	var document string
	err = r.dialect.observed(ctx, "SELECT users", func(ctx context.Context) error {
		return r.db.Tx.QueryRowContext(ctx, userForSignIn, string(r.org), email.Key()).Scan(
			&u.ID, &u.Email, &u.FullName, &u.Status, &u.Password, &u.MustChangePassword, at(&u.PasswordChangedAt), at(&u.LastSignInAt),
			at(&u.LastSuspendedAt), at(&u.CreatedAt), at(&u.UpdatedAt), &u.Version, &document)
	})
	if err == nil && document != "" {
		err = json.Unmarshal([]byte(document), &kinds)
	}
	return u, kinds, r.dialect.translate(err)
}

// addPasswords counts the hashes of new accounts.
func (r users) addPasswords(ctx context.Context, hashes ...domain.PasswordHash) error {
	added := map[string]int{}
	for _, hash := range hashes {
		if form := hash.ImportedForm(); form != "" {
			added[form]++
		}
	}
	if len(added) == 0 {
		return nil
	}
	return r.changePasswordKinds(ctx, func(kinds *domain.PasswordKinds) {
		if len(kinds.Kinds) > 0 { // otherwise the accounts were just counted, with the new ones
			kinds.Accounts += len(hashes)
		}
		for form, n := range added {
			place := slices.IndexFunc(kinds.Kinds, func(k domain.PasswordKind) bool { return k.Form == form })
			if place < 0 {
				place = len(kinds.Kinds)
				kinds.Kinds = append(kinds.Kinds, domain.PasswordKind{Form: form})
			}
			kinds.Kinds[place].Accounts += n
			kinds.Kinds[place].Imported = max(kinds.Kinds[place].Imported, kinds.Kinds[place].Accounts)
		}
	})
}

// changePasswordKinds changes the counts of the org, which it locks.
func (r users) changePasswordKinds(ctx context.Context, change func(*domain.PasswordKinds)) error {
	kinds, found, err := r.lockPasswordKinds(ctx)
	if err != nil {
		return err
	}
	if !found {
		kinds.Seed = make([]byte, 32)
		_, _ = rand.Read(kinds.Seed) // never fails since Go 1.24
		q := r.db.NewSelect().Table("users").ColumnExpr("count(*)").Where("org_id = ?", r.org)
		if err := q.Scan(ctx, &kinds.Accounts); err != nil {
			return r.dialect.translate(err)
		}
	}
	change(&kinds)
	slices.SortFunc(kinds.Kinds, func(a, b domain.PasswordKind) int {
		return cmp.Or(cmp.Compare(b.Imported, a.Imported), strings.Compare(a.Form, b.Form))
	})
	kinds.Kinds = kinds.Kinds[:min(len(kinds.Kinds), domain.MaxPasswordKinds)]
	slices.SortFunc(kinds.Kinds, func(a, b domain.PasswordKind) int { return strings.Compare(a.Form, b.Form) })
	document, err := json.Marshal(kinds)
	if err != nil {
		return err
	}
	row := &passwordKindsRow{OrgID: r.org, Document: string(document)}
	return r.done(r.db.NewInsert().Model(row).On("CONFLICT (org_id) DO UPDATE").Set("document = EXCLUDED.document").Exec(ctx))
}

// lockPasswordKinds returns the counts of the org, and locks them if there are any.
func (r users) lockPasswordKinds(ctx context.Context) (kinds domain.PasswordKinds, found bool, err error) {
	var row passwordKindsRow
	err = r.locked(r.selects(&row)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return kinds, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(row.Document), &kinds)
	}
	return kinds, true, r.dialect.translate(err)
}

// passwordForm is PasswordHash.ImportedForm as an expression of both databases.
const passwordForm = `CASE WHEN substr(password_hash, 1, 2) = '$2' THEN substr(password_hash, 1, 7) ELSE
	rtrim(rtrim(rtrim(password_hash, ?0), '$'), ?0) END`

// textCharacters are those of salts and hashes in stored texts.
const textCharacters = "./+ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// CountPasswords implements port.Users.
func (r users) CountPasswords(ctx context.Context) error {
	before, _, err := r.lockPasswordKinds(ctx)
	if err != nil {
		return err
	}
	var counted []struct {
		Form     string
		Accounts int
	}
	err = r.db.NewSelect().Table("users").ColumnExpr(passwordForm+" AS form", textCharacters).ColumnExpr("count(*) AS accounts").
		Where("org_id = ?", r.org).GroupExpr("1").Scan(ctx, &counted)
	if err != nil {
		return r.dialect.translate(err)
	}
	now, left := domain.PasswordKinds{}, 0
	for _, kind := range before.Kinds {
		now.Kinds = append(now.Kinds, domain.PasswordKind{Form: kind.Form, Imported: kind.Imported})
	}
	for _, kind := range counted {
		now.Accounts += kind.Accounts
		if !(domain.PasswordKind{Form: kind.Form}).Known() {
			continue
		}
		left += kind.Accounts
		place := slices.IndexFunc(now.Kinds, func(k domain.PasswordKind) bool { return k.Form == kind.Form })
		if place < 0 {
			place = len(now.Kinds)
			now.Kinds = append(now.Kinds, domain.PasswordKind{Form: kind.Form})
		}
		now.Kinds[place].Accounts = kind.Accounts
		now.Kinds[place].Imported = max(now.Kinds[place].Imported, kind.Accounts)
	}
	if left == 0 {
		return r.done(r.deletes((*passwordKindsRow)(nil)).Where("TRUE").Exec(ctx))
	}
	return r.changePasswordKinds(ctx, func(kinds *domain.PasswordKinds) { kinds.Accounts, kinds.Kinds = now.Accounts, now.Kinds })
}
