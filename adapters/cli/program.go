package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/application/earlier"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/orgtransfer"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/domain"
)

// Program is the service as the commands use it. The bootstrap package implements it, because nothing else reads the
// configuration.
type Program interface {
	// Dev runs everything in one process until ctx ends. It calls started when it listens.
	Dev(ctx context.Context, o Options, started func(Started)) error
	// Serve serves HTTP until ctx ends. With migrate it first waits for the database and migrates it. It calls seeded
	// when it has created the first owner, or has a link with which a person becomes the first owner.
	Serve(ctx context.Context, o Options, migrate bool, seeded func(Seeded)) error
	// Seed creates the default org and its first owner if they do not exist.
	Seed(ctx context.Context, o Options) (Seeded, error)
	// Open opens the service with the keys, folders and database that exist, and creates nothing.
	Open(ctx context.Context, o Options) (*Service, error)
	// Create opens the service and creates the keys and the database file if they do not exist.
	Create(ctx context.Context, o Options) (*Service, error)
	// Backups opens what backups need. If the database is not a file, the error advises what to do instead.
	Backups(o Options, instead string) (Backups, error)
	// Move returns the use case that moves everything from one database to another.
	Move(o Options, want MoveRequest) (Mover, error)
	// Diagnose checks the configuration and every dependency, and reports each finding. It returns an error if one
	// of them is a failure.
	Diagnose(ctx context.Context, o Options, report func(Finding)) error
	// DiagnoseUnmigrated is Diagnose for a database that is to be migrated. It does not require what migrations and
	// seeding create.
	DiagnoseUnmigrated(ctx context.Context, o Options, report func(Finding)) error
	// Setup reads the configuration file that setup is to write, and plans the changes that the request names.
	Setup(o Options, want SetupRequest) (SetupDraft, error)
	// ReadyURL is where the service on this machine reports whether it is ready.
	ReadyURL(o Options) (string, error)
	// SealVerifier verifies seals by the keys of a JWKS.
	SealVerifier(jwks []byte) (port.SealVerifier, error)
	// Evidence reads an exported audit log and its seals.
	Evidence(events, seals string, org domain.OrgID) (Evidence, error)
	// EarlierService opens the database of the earlier service, to read it.
	EarlierService(ctx context.Context, from EarlierSource) (port.EarlierService, error)
	// AccountFormats returns the names of the formats in which accounts of other systems can be imported.
	AccountFormats() []string
	// OpenAPI returns the OpenAPI document as json or yaml.
	OpenAPI(format string) ([]byte, error)
	// DrawQR draws text as a QR code for a terminal.
	DrawQR(text string) (string, error)
	// CreateMigration adds empty migration files to the source tree and returns their paths.
	CreateMigration(name string) ([]string, error)
	// Build describes the build of this program.
	Build() Build
}

// Service is the service opened for one command, and its use cases.
type Service struct {
	Database   port.Database
	DefaultOrg domain.OrgID
	Clock      port.Clock
	Operations operations.UseCases
	Explain    authz.Inspect
	// ServiceAccounts are the use cases of an operator without a session.
	ServiceAccounts serviceaccounts.Operator
	// Members are the use cases of an operator without a session.
	Members members.Operator
	// Earlier are the use cases that move the earlier service.
	Earlier earlier.UseCases
	// WriteAccount writes an account of another system in the format sole.
	WriteAccount func(to io.Writer, account domain.ImportedAccount) error
	// MultiTenant reports whether the deployment has several orgs.
	MultiTenant bool
	// OrgTransfer are the use cases that move an org from or to this deployment.
	OrgTransfer orgtransfer.UseCases
	// Seal seals every event that waits for a seal, and returns how many.
	Seal      func(ctx context.Context) (int, error)
	ListSeals audit.ListSeals
	// SealKeys are all public keys that ever signed a seal, as a JWKS.
	SealKeys func(ctx context.Context) ([]byte, error)
	// Algorithm is the one that this configuration signs with.
	Algorithm domain.SigningAlgorithm
	// PublicationDelay is how long after a rotation verifiers may still lack the new key.
	PublicationDelay time.Duration
	Close            func() error
}

// Seeded is what seeding created. Password is the owner's generated password; zero if the configuration has one. FirstRun is
// the link with which a person becomes the first owner; zero if one is already, or if there are no pages.
type Seeded struct {
	platform.SeedResult
	OrgID    domain.OrgID
	OrgName  string
	Owner    string
	Password domain.Secret
	FirstRun domain.Secret
}

// Evidence is an exported audit log of one org.
type Evidence interface {
	port.Evidence
	Org() domain.OrgID
	Close() error
}

// Finding is the result of one check.
type Finding struct {
	Level   Level
	Subject string // empty: Text is the whole finding
	Text    string
}

// Level is how severe a finding is.
type Level string

// The levels of findings.
const (
	LevelOK      Level = "ok"
	LevelNote    Level = "note"
	LevelWarning Level = "WARN"
	LevelFailure Level = "FAIL"
)

// commands implements Actions on a Program.
type commands struct {
	program Program
	in      io.Reader
	out     io.Writer
	err     io.Writer
}

var _ Actions = commands{}

// New returns the actions of the commands. They print to out, and to err what must not be in a log that is written to
// out. They ask at the terminal in.
func New(program Program, in io.Reader, out, err io.Writer) Actions {
	return commands{program: program, in: in, out: out, err: err}
}

func (c commands) printf(format string, args ...any) { _, _ = fmt.Fprintf(c.out, format+"\n", args...) }

func (c commands) print(f Finding) {
	switch {
	case f.Subject == "":
		c.printf("%-4s  %s", f.Level, f.Text)
	case f.Text == "":
		c.printf("%-4s  %s", f.Level, f.Subject)
	default:
		c.printf("%-4s  %s: %s", f.Level, f.Subject, f.Text)
	}
}

// onService opens the service, runs a command on it, and closes it.
func (c commands) onService(ctx context.Context, o Options, run func(*Service) error) error {
	return closing(c.program.Open(ctx, o))(run)
}

// onMigrated is onService for commands that need the schema of this build.
func (c commands) onMigrated(ctx context.Context, o Options, run func(*Service) error) error {
	return c.onService(ctx, o, func(s *Service) error {
		if err := s.Database.Ready(ctx); err != nil {
			return err
		}
		return run(s)
	})
}

// closing runs a command on a service that was opened, and closes it afterwards.
func closing(s *Service, err error) func(func(*Service) error) error {
	return func(run func(*Service) error) (failure error) {
		if err != nil {
			return err
		}
		defer func() { failure = errors.Join(failure, s.Close()) }()
		return run(s)
	}
}
