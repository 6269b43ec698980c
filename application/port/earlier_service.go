package port

import (
	"context"
	"iter"
	"time"

	"github.com/sole-platform/sole/domain"
)

// EarlierService is the database of the earlier service, which was written in Python. Everything is read as it was at one
// moment, and nothing is written.
type EarlierService interface {
	// Orgs returns every org with its settings and roles, in the order of their ids.
	Orgs(ctx context.Context) ([]EarlierOrg, error)
	// Accounts yields the accounts of an org: those with a membership in it, and those that it owns and that have no
	// membership anywhere. They are ordered by address without letter case; of equal addresses the account that the org owns
	// comes first. The memory is bounded: texts that are too long for any account are cut.
	Accounts(ctx context.Context, org string) iter.Seq2[EarlierAccount, error]
	// Superusers yields the accounts of active superusers who have no account in the org except, in the same order.
	Superusers(ctx context.Context, except string) iter.Seq2[EarlierAccount, error]
	// Identity distinguishes this database from others of the earlier service. A restored dump has the same one.
	Identity(ctx context.Context) (string, error)
	// LeftBehind returns the number of rows of each table that cannot be taken along, by table.
	LeftBehind(ctx context.Context) (map[string]int, error)
	// Keys reports how many secrets of authenticator apps each of the keys opens, and how many none opens, of a sample.
	Keys(ctx context.Context) (EarlierKeys, error)
	// Close ends the reading.
	Close(ctx context.Context) error
}

// EarlierOrg is an org of the earlier service.
type EarlierOrg struct {
	ID, Name, Slug, Status string
	Settings               EarlierSettings
	Roles                  []EarlierRole
}

// EarlierSettings are the settings of an org there, by the name of their column. A missing value is left out.
type EarlierSettings struct {
	Switches           map[string]bool
	Numbers            map[string]int64
	MFARequiredActions EarlierNames
	Others             []string // the columns that have no counterpart, the same for every org
}

// EarlierNames is a list of names, sorted and each once.
type EarlierNames struct {
	Names   []string
	Partial bool // some of what is stored there is no list of names and was left out
}

// EarlierRole is a role of an org there.
type EarlierRole struct {
	ID, Name, Description string
	System                bool
	Permissions           EarlierNames
}

// EarlierAccount is an account there, as one org sees it.
type EarlierAccount struct {
	ID, Email, FullName string
	Password            string // as it is stored there; may be empty
	Active, Superuser   bool
	MustChangePassword  bool
	OwnOrg              string
	Orgs                []string // those of its memberships
	PlatformStatus      string   // empty: no membership
	InvitationStatus    string
	Roles               []string // ids of roles of the org
	MFA                 EarlierMFA
	RecoveryCodes       []string // hashes of those that are unused
	Exceptions          int      // entries of lists that allow or deny something to this account alone
	CreatedAt           time.Time
	LastActiveAt        time.Time // zero: never
}

// EarlierMFA is the second factor of an account there.
type EarlierMFA struct {
	Enabled     bool
	Method      string
	Sealed      bool // it has an encrypted secret
	Secret      domain.Secret
	Opened      bool // a key opened the encrypted secret: it is Secret
	ConfirmedAt time.Time
}

// EarlierKeys says which keys open the secrets of a sample.
type EarlierKeys struct {
	Sampled int
	Older   int // opened by the SHA-256 of SECRET_KEY
	Later   int // opened by the key that PBKDF2 derives
	None    int
}
