package bunstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/sole-platform/sole/domain"
)

// orgColumns are the columns of an org and its settings.
const orgColumns = `
       o.id, o.name, o.slug, o.status, o.platform, o.created_at, o.updated_at, o.version,
       os.document, os.policy_version, os.updated_at`

// accountColumns are the columns that principalSQL and standingSQL share: the org, its settings, the account, its factors
// as JSON and its roles as JSON.
const accountColumns = orgColumns + `,
       u.id, u.email, u.full_name, u.status, u.must_change_password, u.password_changed_at, u.last_sign_in_at,
        u.created_at, u.updated_at, u.version,
       (%[2]s FROM authenticators a WHERE a.org_id = $1 AND a.user_id = u.id AND a.enrolled_at IS NOT NULL),
       (%[1]s FROM user_roles ur JOIN roles r ON r.org_id = ur.org_id AND r.id = ur.role_id
        WHERE ur.org_id = $1 AND ur.user_id = u.id)`

// listsJSON contains the beginnings of the two queries that return a list as JSON.
type listsJSON struct {
	roles   string // of the alias r
	factors string // of the alias a
}

// lockedSQL returns the query, which selects sessionColumns, with the refresh tokens as its first columns and the lock at its end.
func lockedSQL(query, lock string) string {
	return strings.Replace(query, "SELECT", "SELECT s.family_hash, s.current_hash, s.spent,", 1) + lock
}

// sessionColumns are the columns of a session that a request needs, and the stamps of its account and org.
const sessionColumns = `
       s.id, s.user_id, s.amr, s.auth_time, s.created_at, s.last_seen_at, s.expires_at, s.ended_at, s.end_reason, s.address, s.user_agent,
       u.stamp, o.stamp`

// principalSQL reads everything that a request needs to know about a session. SQLite has the same parameters ($1) as PostgreSQL.
func principalSQL(lists listsJSON) string {
	return fmt.Sprintf(`
SELECT `+sessionColumns+","+accountColumns+`
FROM sessions s
JOIN orgs o ON o.id = s.org_id
JOIN org_settings os ON os.org_id = s.org_id
JOIN users u ON u.org_id = s.org_id AND u.id = s.user_id
WHERE s.org_id = $1 AND s.id = $2`, lists.roles, lists.factors)
}

// sessionSQL reads only the session and the stamps: three rows by their primary keys. It is written out, and prepared once
// per connection, because nearly every request runs it.
const sessionSQL = `
SELECT ` + sessionColumns + `
FROM sessions s
JOIN orgs o ON o.id = s.org_id
JOIN users u ON u.org_id = s.org_id AND u.id = s.user_id
WHERE s.org_id = $1 AND s.id = $2`

// standingSQL reads the same about an account without a session, and its password hash. Every step of a sign-in runs it.
func standingSQL(lists listsJSON) string {
	return fmt.Sprintf(`
SELECT u.password_hash, u.last_suspended_at,`+accountColumns+`
FROM users u
JOIN orgs o ON o.id = u.org_id
JOIN org_settings os ON os.org_id = u.org_id
WHERE u.org_id = $1 AND u.id = $2`, lists.roles, lists.factors)
}

// holderSQL reads the same about the account of a live authenticator, and first the authenticator itself.
func holderSQL(lists listsJSON) string {
	return fmt.Sprintf(`
SELECT h.id, h.kind, h.name, h.secret, h.handle, h.data, h.counter, h.created_at, h.enrolled_at, h.last_used_at,
       u.password_hash, u.last_suspended_at,`+accountColumns+`
FROM authenticators h
JOIN users u ON u.org_id = h.org_id AND u.id = h.user_id
JOIN orgs o ON o.id = u.org_id
JOIN org_settings os ON os.org_id = u.org_id
WHERE h.org_id = $1 AND h.kind = $2 AND h.handle = $3 AND h.handle <> '' AND h.enrolled_at IS NOT NULL`, lists.roles, lists.factors)
}

// principalState is the session or the API key of a principal, and the stamps in the same snapshot of the database.
type principalState struct {
	account domain.UserID
	session domain.Session
	key     domain.APIKey
	stamps  stamps
}

// stamps are random numbers. Triggers replace that of an account when the account, its roles or its authenticators change, and
// that of an org when the org, its settings or the permissions of its roles change (see migrations 22, 23 and 28). granter is that
// of the account that granted the roles of a service account; 0: there is no such account.
type stamps struct{ account, org, granter int64 }

// sessionScan holds the destinations of sessionColumns. It leaves out the refresh tokens, which only a refresh needs.
type sessionScan struct {
	principalState
	amr []byte
}

func (c *sessionScan) columns() []any {
	s := &c.session
	return []any{
		(*string)(&s.ID), (*string)(&s.User), &c.amr, at(&s.AuthTime), at(&s.CreatedAt), at(&s.LastSeenAt), at(&s.ExpiresAt), at(&s.EndedAt),
		(*string)(&s.EndReason),
		&s.Address, &s.UserAgent, &c.stamps.account, &c.stamps.org,
	}
}

// state returns what was scanned.
func (c *sessionScan) state() (principalState, error) {
	c.account = c.session.User
	err := listFromJSON(c.amr, &c.session.AMR)
	return c.principalState, err
}

// scanSession reads the one row of sessionSQL.
func scanSession(scan func(...any) error) (principalState, error) {
	var row sessionScan
	if err := scan(row.columns()...); err != nil {
		return principalState{}, err
	}
	return row.state()
}

// scanPrincipal reads the one row of principalSQL. It leaves out the password hash, which no request needs.
func scanPrincipal(scan func(...any) error) (p domain.Principal, at stamps, err error) {
	var row sessionScan
	if p, err = scanAccount(scan, &p, row.columns()...); err != nil {
		return domain.Principal{}, stamps{}, err
	}
	state, err := row.state()
	p.Session = state.session
	return p, state.stamps, err
}

// withTokens returns a scan for lockedSQL that scans the refresh tokens into family, and the other columns as scan does.
func withTokens(scan func(...any) error, family *domain.RefreshFamily) func(...any) error {
	return func(columns ...any) error {
		var spent jsonColumn[[]domain.SpentToken]
		err := scan(append([]any{&family.FamilyHash, &family.CurrentHash, &spent}, columns...)...)
		family.Spent = absent(spent.value)
		return err
	}
}

// scanStanding reads the one row of standingSQL.
func scanStanding(scan func(...any) error) (p domain.Principal, err error) {
	return scanAccount(scan, &p, &p.User.Password, at(&p.User.LastSuspendedAt))
}

// scanHolder reads the one row of holderSQL.
func scanHolder(scan func(...any) error) (a domain.Authenticator, p domain.Principal, err error) {
	p, err = scanAccount(
		scan, &p, &a.ID, &a.Kind, &a.Name, &a.Secret, &a.Handle, &a.Data, &a.Counter, at(&a.CreatedAt), at(&a.EnrolledAt), at(&a.LastUsedAt),
		&p.User.Password, at(&p.User.LastSuspendedAt),
	)
	a.User = p.User.ID
	return a, p, err
}

// scanAccount reads the columns of first, and then accountColumns, into p.
func scanAccount(scan func(...any) error, p *domain.Principal, first ...any) (domain.Principal, error) {
	var (
		u              = &p.User
		settings       settingsRow
		factors, roles []byte
	)
	err := scan(append(append(first, orgDestinations(&p.Org, &settings)...),
		&u.ID, &u.Email, &u.FullName, &u.Status, &u.MustChangePassword, at(&u.PasswordChangedAt), at(&u.LastSignInAt),
		at(&u.CreatedAt), at(&u.UpdatedAt), &u.Version,
		&factors, &roles,
	)...)
	if err != nil {
		return domain.Principal{}, err
	}
	p.Settings = settings.settings()
	if p.Factors, err = factorsFromJSON(factors); err != nil {
		return domain.Principal{}, err
	}
	if p.Roles, err = rolesFromJSON(roles); err != nil {
		return domain.Principal{}, err
	}
	return *p, nil
}

// orgDestinations returns the destinations of orgColumns.
func orgDestinations(o *domain.Org, settings *settingsRow) []any {
	return []any{
		&o.ID, &o.Name, &o.Slug, &o.Status, &o.Platform, at(&o.CreatedAt), at(&o.UpdatedAt), &o.Version,
		&settings.Document, &settings.PolicyVersion, at(&settings.UpdatedAt),
	}
}

func listFromJSON[T any](raw []byte, list *[]T) error {
	if string(raw) == "[]" {
		return nil
	}
	return json.Unmarshal(raw, list)
}

func rolesFromJSON(raw []byte) ([]domain.Role, error) {
	if raw == nil {
		return nil, nil
	}
	var rows []struct {
		ID      domain.RoleID
		Name    string
		System  bool
		Granted []domain.Permission
	}
	if err := json.Unmarshal(raw, &rows); err != nil {
		return nil, fmt.Errorf("read the roles: %w", err)
	}
	roles := make([]domain.Role, len(rows))
	for i, row := range rows {
		roles[i] = domain.Role{ID: row.ID, Name: row.Name, System: row.System, Granted: absent(row.Granted)}
	}
	return roles, nil
}

func factorsFromJSON(raw []byte) (factors domain.Factors, err error) {
	if raw == nil {
		return nil, nil
	}
	var rows []struct {
		ID         domain.AuthenticatorID
		Kind       domain.FactorKind
		EnrolledAt instant `json:"enrolled_at"`
	}
	if err := json.Unmarshal(raw, &rows); err != nil {
		return nil, fmt.Errorf("read the factors: %w", err)
	}
	for _, row := range rows {
		factors = append(factors, domain.Factor{ID: row.ID, Kind: row.Kind, EnrolledAt: time.Time(row.EnrolledAt)})
	}
	factors.Sort()
	return factors, nil
}

// at scans a time into t: a timestamptz, the UTC text that SQLite stores, or NULL.
func at(t *time.Time) *instant { return (*instant)(t) }

type instant time.Time

// sqliteTime is the format in which Bun stores times in SQLite.
const sqliteTime = "2006-01-02 15:04:05.999999-07:00"

// UnmarshalJSON implements json.Unmarshaler. In JSON, PostgreSQL writes times as in RFC 3339.
func (i *instant) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		*i = instant(t.UTC())
		return nil
	}
	return i.Scan(text)
}

// ScanTimestamptz implements pgtype.TimestamptzScanner, which pgx prefers to sql.Scanner because it is faster.
func (i *instant) ScanTimestamptz(value pgtype.Timestamptz) error {
	if value.InfinityModifier != pgtype.Finite {
		return errors.New("a time cannot be infinite")
	}
	*i = instant(value.Time.UTC()) // zero for NULL
	return nil
}

// Scan implements sql.Scanner.
func (i *instant) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*i = instant{}
	case time.Time:
		*i = instant(v.UTC())
	case string:
		t, err := time.Parse(sqliteTime, v)
		if err != nil {
			return fmt.Errorf("read a time: %w", err)
		}
		*i = instant(t.UTC())
	default:
		return fmt.Errorf("a time cannot be read from %T", value)
	}
	return nil
}
