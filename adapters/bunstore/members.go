package bunstore

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/domain"
)

type userWordRow struct {
	bun.BaseModel `bun:"table:user_words,alias:w"`

	OrgID  domain.OrgID  `bun:",pk"`
	Word   string        `bun:",pk"`
	UserID domain.UserID `bun:",pk"`
}

// memberRow is an account with the further columns of a list of members.
type memberRow struct {
	userRow `bun:",extend"`

	EnrolledAt time.Time `bun:",nullzero,scanonly"`
	RolesJSON  []byte    `bun:"roles_json,scanonly"`
	Word       string    `bun:",scanonly"`
}

func (r *memberRow) member() (domain.Member, error) {
	roles, err := rolesFromJSON(r.RolesJSON)
	return domain.Member{User: r.user(), Roles: roles, EnrolledAt: r.EnrolledAt.UTC()}, err
}

func (r users) List(
	ctx context.Context, filter domain.MemberFilter, after domain.MemberPlace, limit int,
) ([]domain.Member, []domain.MemberPlace, error) {
	var rows []memberRow
	if err := r.listing(&rows, filter, after, limit).Scan(ctx); err != nil {
		return nil, nil, r.dialect.translate(err)
	}
	members, places := make([]domain.Member, len(rows)), make([]domain.MemberPlace, len(rows))
	for i := range rows {
		member, err := rows[i].member()
		if err != nil {
			return nil, nil, err
		}
		members[i], places[i] = member, domain.MemberPlace{Word: rows[i].Word, ID: member.ID}
	}
	return members, places, nil
}

// listing starts after the place and uses the index of the words with a common prefix, of the holders of a role, or of
// the accounts with a rare status; otherwise the primary key.
func (r users) listing(rows *[]memberRow, filter domain.MemberFilter, after domain.MemberPlace, limit int) *bun.SelectQuery {
	q := r.selects(rows).ColumnExpr("u.*, (" + enrolledAt + ") AS enrolled_at").
		ColumnExpr("(" + r.dialect.rolesJSON + " FROM user_roles ur JOIN roles r ON r.org_id = ur.org_id AND r.id = ur.role_id " +
			"WHERE ur.org_id = u.org_id AND ur.user_id = u.id) AS roles_json").
		Limit(int64(limit))
	words := domain.SearchWords(filter.Text)
	switch {
	case len(words) > 0:
		q = r.found(q, words, after)
	case filter.Role != "":
		q = q.Join("JOIN user_roles AS ur ON ur.org_id = u.org_id AND ur.user_id = u.id").Where("ur.org_id = ?", r.org).
			Where("ur.role_id = ?", filter.Role).OrderExpr("ur.user_id")
		if after.ID != "" {
			q = q.Where("ur.user_id > ?", after.ID)
		}
	default:
		q = q.OrderExpr("u.id")
		if after.ID != "" {
			q = q.Where("u.id > ?", after.ID)
		}
	}
	return narrowed(q, filter, len(words) > 0)
}

// found joins the accounts that have a word with each of the prefixes in words. The longest prefix determines the order:
// an account is listed by its first word with that prefix.
func (r users) found(q *bun.SelectQuery, words []string, after domain.MemberPlace) *bun.SelectQuery {
	leading := slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) })
	q = q.ColumnExpr("w.word").Join("JOIN user_words AS w ON w.org_id = u.org_id AND w.user_id = u.id").
		Where("w.org_id = ?", r.org).Where("w.word >= ?", leading).Where("w.word < ?", beyond(leading)).
		Where("NOT EXISTS (SELECT 1 FROM user_words f WHERE f.org_id = ? AND f.user_id = w.user_id "+
			"AND f.word >= ? AND f.word < w.word)", r.org, leading).
		OrderExpr("w.word, w.user_id")
	if after.ID != "" {
		q = q.Where("(w.word, w.user_id) > (?, ?)", after.Word, after.ID)
	}
	for _, word := range words {
		if word != leading {
			q = q.Where("EXISTS (SELECT 1 FROM user_words o WHERE o.org_id = ? AND o.user_id = w.user_id "+
				"AND o.word >= ? AND o.word < ?)", r.org, word, beyond(word))
		}
	}
	return q
}

// beyond returns a text that sorts after every word with this prefix: it ends with the greatest character.
func beyond(word string) string { return word + "\U0010FFFF" }

// narrowed adds the remaining conditions of the filter.
func narrowed(q *bun.SelectQuery, filter domain.MemberFilter, byWord bool) *bun.SelectQuery {
	if byWord && filter.Role != "" {
		q = q.Where("EXISTS (SELECT 1 FROM user_roles h WHERE h.org_id = u.org_id AND h.user_id = u.id AND h.role_id = ?)", filter.Role)
	}
	switch filter.Status {
	case domain.StatusInvited:
		q = q.Where("u.status = 'active'").Where("u.password_hash = ''")
	case domain.StatusActive:
		q = q.Where("u.status = 'active'").Where("u.password_hash <> ''")
	case domain.StatusSuspended:
		q = q.Where("u.status = 'suspended'")
	}
	return q
}

func (r users) Inactive(ctx context.Context, before time.Time, limit int) (ids []domain.UserID, err error) {
	err = r.selects((*userRow)(nil)).Column("id").Where("coalesce(u.last_sign_in_at, u.created_at) < ?", before).
		Where("NOT EXISTS (SELECT 1 FROM sessions s WHERE s.org_id = u.org_id AND s.user_id = u.id AND s.last_seen_at >= ?)", before).
		Where("NOT EXISTS (SELECT 1 FROM user_roles ur JOIN roles r ON r.org_id = ur.org_id AND r.id = ur.role_id "+
			"WHERE ur.org_id = u.org_id AND ur.user_id = u.id AND r.system AND r.name = ?)", domain.RoleOwner).
		OrderExpr("u.id").Limit(int64(limit)).Scan(ctx, &ids)
	return ids, r.dialect.translate(err)
}

// index stores the words by which the account is found.
func (r users) index(ctx context.Context, user domain.User) error {
	words := user.SearchWords() // never empty, because an address has letters
	rows := make([]userWordRow, len(words))
	for i, word := range words {
		rows[i] = userWordRow{OrgID: r.org, Word: word, UserID: user.ID}
	}
	return r.insert(ctx, &rows)
}

func (r users) reindex(ctx context.Context, user domain.User) error {
	if err := r.done(r.deletes((*userWordRow)(nil)).Where("user_id = ?", user.ID).Exec(ctx)); err != nil {
		return err
	}
	return r.index(ctx, user)
}
