package members

import (
	"context"
	"encoding/base32"
	"io"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// AccountFiles reads files of accounts that another system exported.
type AccountFiles struct {
	Formats  []port.AccountFormat
	Secrets  port.SecretBox
	Recovery port.RecoveryCodeMaker
}

// AccountFile is such a file. The accounts may also come from elsewhere, as a Source; Format is then only its name.
type AccountFile struct {
	Format  string
	Source  port.AccountSource // nil: Content is read
	Content io.Reader
	Options port.AccountFileOptions
	Roles   domain.RoleMap // what the roles in the file are here
	Invite  bool           // whether accounts without a password are invited
}

// Names returns the names of the formats.
func (f AccountFiles) Names() []string {
	names := make([]string, len(f.Formats))
	for i, format := range f.Formats {
		names[i] = format.Name()
	}
	return names
}

// Open returns the accounts of a file. It returns CodeInvalid for an unknown format and for options that the format refuses.
func (f AccountFiles) Open(file AccountFile) (port.AccountSource, error) {
	if file.Source != nil {
		return file.Source, nil
	}
	for _, format := range f.Formats {
		if format.Name() == file.Format {
			return format.Open(file.Content, file.Options)
		}
	}
	return nil, domain.Invalid("format", "must be one of "+strings.Join(f.Names(), ", "))
}

// stagedAtOnce is how many rows one unit stores before any is settled.
const stagedAtOnce = 500

// reading turns the accounts of a source into rows of an org.
type reading struct {
	files AccountFiles
	org   domain.OrgID
	roles domain.RoleMap
	newID port.NewID
	now   time.Time
	last  int // the line of the last row
}

// rows passes the rows of a source on, stagedAtOnce at a time.
func (r *reading) rows(ctx context.Context, source port.AccountSource, pass func([]domain.ImportRow) error) error {
	rows := make([]domain.ImportRow, 0, stagedAtOnce)
	for account, err := range source.Accounts(ctx) {
		if err != nil {
			return err
		}
		row, err := r.row(account)
		if err != nil {
			return err
		}
		if rows = append(rows, row); len(rows) == stagedAtOnce {
			if err := pass(rows); err != nil {
				return err
			}
			rows = rows[:0]
		}
	}
	if len(rows) > 0 {
		if err := pass(rows); err != nil {
			return err
		}
	}
	if r.last == 0 {
		return domain.Invalid("", "must contain an account: this one contains none")
	}
	return ctx.Err()
}

// row returns the row of an account, with its secret sealed.
func (r *reading) row(account domain.ImportedAccount) (domain.ImportRow, error) {
	account.Line = max(account.Line, r.last+1)
	r.last = account.Line
	account = r.roles.Assign(account)
	row := account.Row(r.now)
	if row.Status != domain.RowPending {
		return row, nil
	}
	row.Account = &domain.ImportAccount{
		User: domain.UserID(r.newID()), Suspended: account.Suspended, Password: account.Password,
		MustChangePassword: account.MustChangePassword, CreatedAt: account.CreatedAt, LastSignInAt: account.LastSignInAt,
		TOTPEnrolledAt: account.TOTPEnrolledAt,
	}
	for _, code := range account.RecoveryCodes {
		row.Account.RecoveryCodes = append(row.Account.RecoveryCodes, r.files.Recovery.HashImported(code, r.org, row.Account.User))
	}
	if account.TOTPSecret == nil {
		return row, nil
	}
	secret := domain.NewSecret(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(account.TOTPSecret))
	sealed, err := r.files.Secrets.Seal(secret, port.FactorPlace(domain.FactorTOTP, r.org, row.Account.User))
	row.Account.TOTP = sealed
	return row, err
}

// discard removes an import whose file was not read to its end, also when the request has ended. What remains is swept.
func discard(ctx context.Context, guard proof.Guard, org domain.OrgID, id domain.ImportID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	_ = remove(ctx, guard, org, id)
}

// remove removes an import whose file was not read to its end, also when the one who ordered it may not do so any more.
func remove(ctx context.Context, guard proof.Guard, org domain.OrgID, id domain.ImportID) (err error) {
	for more := true; more && err == nil; {
		err = guard.ChangeByOperator(ctx, org, func(tx proof.Unit) (err error) {
			more, err = tx.Imports().Remove(ctx, id, removedAtOnce)
			return err
		})
	}
	return err
}

// removedAtOnce is how many rows of an import one unit removes.
const removedAtOnce = 2000
