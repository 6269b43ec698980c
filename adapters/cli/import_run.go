package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

// ImportFormats implements Actions.
func (c commands) ImportFormats() []string { return c.program.AccountFormats() }

// Import implements Actions.
func (c commands) Import(ctx context.Context, o Options, want ImportRequest) error {
	o.Bulk = true
	return c.onMigrated(ctx, o, func(s *Service) (err error) {
		run := importRun{commands: c, service: s, want: want, org: cmp.Or(want.Org, string(s.DefaultOrg))}
		if want.Org == "" && s.MultiTenant && !want.Convert {
			return UsageError{Cause: errors.New("give --org, the id or the slug of the org that gets the accounts")}
		}
		if err := run.open(); err != nil {
			return importRefusal(err)
		}
		defer func() { err = errors.Join(err, run.input.Close()) }()
		switch {
		case want.Convert:
			return importRefusal(run.convert(ctx))
		case want.DryRun:
			return importRefusal(run.check(ctx))
		default:
			return importRefusal(run.run(ctx))
		}
	})
}

// importRun is one run of the command.
type importRun struct {
	commands
	service *Service
	want    ImportRequest
	org     string
	input   io.ReadCloser
	file    members.AccountFile
	digest  string
}

// stdin is the name of standard input in place of a file. It is read once, so such an import cannot be continued.
const stdin = "-"

// maxParameters is the size of a file of parameters in bytes.
const maxParameters = 64 << 10

// open opens the file and reads its options.
func (r *importRun) open() (err error) {
	r.file = members.AccountFile{Format: r.want.Format, Invite: r.want.Invite}
	if r.file.Roles, err = domain.ParseRoleMap(r.want.Roles); err != nil {
		return err
	}
	if r.want.AllowWeak != "" {
		if r.file.Options.WeakUntil, err = domain.ParseWeakUntil(r.want.AllowWeak, r.service.Clock()); err != nil {
			return err
		}
	}
	if r.want.Parameters != "" {
		text, err := os.ReadFile(r.want.Parameters)
		if err != nil {
			return fmt.Errorf("--parameters: %w", err)
		}
		if len(text) > maxParameters {
			return errors.New("--parameters must be a small file of JSON: this one is larger than 64 KiB")
		}
		r.file.Options.Parameters = domain.NewSecret(string(text))
	}
	if r.want.File == stdin {
		r.input, r.file.Content = io.NopCloser(r.in), r.in
		return nil
	}
	file, err := os.Open(r.want.File)
	if err != nil {
		return fmt.Errorf("the file cannot be opened: %w", err)
	}
	r.input, r.file.Content = file, file
	return nil
}

// identify computes the digest of the file and of the options that decide what its rows become, and starts at the beginning again.
func (r *importRun) identify() error {
	file, ok := r.input.(io.ReadSeeker)
	if !ok {
		return nil
	}
	sum := sha256.New()
	options := []any{r.want.Format, r.want.Invite, r.want.AllowWeak, r.file.Roles, r.file.Options.Parameters.Reveal()}
	if err := json.NewEncoder(sum).Encode(options); err != nil {
		return err
	}
	if _, err := io.Copy(sum, file); err != nil {
		return fmt.Errorf("the file cannot be read: %w", err)
	}
	r.digest = hex.EncodeToString(sum.Sum(nil))
	_, err := file.Seek(0, io.SeekStart)
	return err
}

// convert prints the accounts in the format sole, and the refused ones to standard error.
func (r *importRun) convert(ctx context.Context) error {
	source, err := r.service.Members.Files.Open(r.file)
	if err != nil {
		return err
	}
	refused := 0
	for account, err := range source.Accounts(ctx) {
		if err != nil {
			return err
		}
		account = r.file.Roles.Assign(account)
		if row := account.Row(r.service.Clock()); row.Status == domain.RowRefused {
			refused++
			commands{out: r.err}.printRefused(row)
			continue
		}
		if err := r.service.WriteAccount(r.out, account); err != nil {
			return err
		}
	}
	return refusedRows(refused)
}

// check reports what would become of each row.
func (r *importRun) check(ctx context.Context) (err error) {
	report, err := openReport(r.want.Report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, report.close()) }()
	shown := 0
	counts, err := r.service.Members.CheckImport.Execute(ctx, r.org, r.file, func(row domain.ImportRow) error {
		shown += r.show(row, shown)
		return report.write(row)
	})
	if err != nil {
		return err
	}
	r.printf("nothing was changed: of %d rows %d would become accounts and %d would be refused", counts.Total, counts.Created, counts.Refused)
	return refusedRows(counts.Refused)
}

// run imports the file.
func (r *importRun) run(ctx context.Context) (err error) {
	report, err := openReport(r.want.Report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, report.close()) }()
	if err := r.identify(); err != nil {
		return err
	}
	progress := importProgress{to: commands{out: r.err}, every: 5 * time.Second}
	done, err := r.service.Members.Import.Execute(ctx, members.OperatorImportInput{
		Org: r.org, File: r.file, Digest: r.digest, Command: "sole import", Began: progress.began, Settled: progress.settled,
	})
	if err != nil {
		return err
	}
	shown, written := 0, 0
	err = r.service.Members.ListRows.Execute(ctx, r.org, done.ID, func(row domain.ImportRow) error {
		shown += r.show(row, shown)
		written++
		return report.write(row)
	})
	if err != nil {
		return fmt.Errorf("the import is done, but its result cannot be listed to its end: %w", err)
	}
	r.printf("of %d rows %d became accounts and %d were refused; the id of the import is %s", done.Total, done.Created, done.Refused, done.ID)
	return refusedRows(done.Refused)
}

// maxShown is how many refused rows are printed.
const maxShown = 20

// show prints a refused row, if not too many were shown or a report has them, and returns how many it printed.
func (r *importRun) show(row domain.ImportRow, shown int) int {
	if row.Status != domain.RowRefused || shown > maxShown || r.want.Report != "" {
		return 0
	}
	if shown == maxShown {
		r.printf("and more: --report FILE lists them all")
		return 1
	}
	r.printRefused(row)
	return 1
}

func (c commands) printRefused(row domain.ImportRow) {
	for _, fault := range row.Faults {
		c.printf("row %d: %s %s", row.Line, fault.Field, fault.Message)
	}
}

// refusedRows returns an error if rows were refused, so that scripts notice.
func refusedRows(count int) error {
	if count == 0 {
		return nil
	}
	if count == 1 {
		return errors.New("one row was refused")
	}
	return fmt.Errorf("%d rows were refused", count)
}

// importProgress prints how far an import is.
type importProgress struct {
	to      commands
	every   time.Duration
	total   int
	done    int
	printed time.Time
}

func (p *importProgress) began(begun members.ImportBegun) {
	p.total, p.printed = begun.Total, time.Now() //nolint:forbidigo // progress is shown in real time
	if begun.Continued {
		p.done = begun.Created + begun.Refused
		p.to.printf("an earlier run was interrupted after %d of %d rows; this one continues it", p.done, p.total)
		return
	}
	p.done = begun.Refused
	p.to.printf("read %d rows, of which %d are refused already; creating the accounts", p.total, p.done)
}

func (p *importProgress) settled(rows int) {
	p.done += rows
	if now := time.Now(); now.Sub(p.printed) >= p.every { //nolint:forbidigo // progress is shown in real time
		p.printed = now
		p.to.printf("%d of %d rows are done", p.done, p.total)
	}
}

// importRefusal says which part of the command line a failure is about. A failure without a field is about the file.
func importRefusal(err error) error {
	failure, ok := errors.AsType[*domain.Error](err)
	if !ok || failure.Code != domain.CodeInvalid {
		return Refusal(err)
	}
	if at := slices.IndexFunc(failure.Fields, func(f domain.FieldError) bool { return f.Field == "" }); at >= 0 {
		return errors.New("the file " + failure.Fields[at].Message)
	}
	return Refusal(err)
}
