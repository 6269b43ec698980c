package orgtransfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Import stores the org of a file as a new org. All rows are stored in one unit of work; the content of files is stored
// before, where nothing finds it without its row.
type Import struct{ Deps }

// Errors of an import that was refused.
var (
	ErrObstacles   = errors.New("the org cannot be imported as it is in the file")
	ErrChanged     = errors.New("the file was changed after the plan was made: make the plan again")
	ErrBrokenAudit = errors.New("the audit log in the file cannot be verified")
	ErrForwarded   = errors.New("the file was exported for another deployment, and encrypted to this one by somebody else: " +
		"ask the operator who exported it for an export to this deployment")
)

// Execute imports the file. With a digest, the file must be the one that was planned. command is for the audit log.
func (uc Import) Execute(ctx context.Context, in Input, digest domain.Digest, command string) (planned Planned, err error) {
	target, planned, err := uc.plan(ctx, in)
	switch {
	case err != nil:
		return planned, err
	case len(planned.Obstacles) > 0:
		return planned, ErrObstacles
	case digest != (domain.Digest{}) && digest != planned.Digest:
		return planned, ErrChanged
	}
	var stored []domain.FileID
	defer func() {
		if err != nil {
			err = errors.Join(err, uc.forget(context.WithoutCancel(ctx), target.id, stored))
		}
	}()
	keep := func(file domain.FileID, content io.Reader) error {
		if err := uc.Contents.Remove(ctx, target.id, file); err != nil { // what an interrupted import has left
			return err
		}
		stored = append(stored, file)
		_, err := uc.Contents.Put(ctx, target.id, file, content)
		return err
	}
	x, err := uc.examine(ctx, in.Path, pass{target: target, content: keep})
	if err != nil {
		return planned, err
	}
	if x.digest != planned.Digest {
		return planned, ErrChanged
	}
	planned.Org = target.id
	return planned, uc.Orgs.ImportOrg(ctx, target.id, func(tx port.OrgTx, rows port.OrgRows) error {
		return insertion{Deps: uc.Deps, in: in, planned: planned, tx: tx, rows: rows}.execute(ctx, target, command)
	})
}

// forget removes the content of files that have no row.
func (uc Import) forget(ctx context.Context, org domain.OrgID, files []domain.FileID) (err error) {
	for _, file := range files {
		err = errors.Join(err, uc.Contents.Remove(ctx, org, file))
	}
	return err
}

// insertion is one run of the unit of work that stores an org.
type insertion struct {
	Deps

	in      Input
	planned Planned
	tx      port.OrgTx
	rows    port.OrgRows
}

// batch is how many rows are inserted at a time.
const batch = 500

func (i insertion) execute(ctx context.Context, to target, command string) error {
	var (
		open    section
		waiting []port.OrgRow
	)
	flush := func() error {
		if len(waiting) == 0 {
			return nil
		}
		err := i.rows.Insert(ctx, open.inDatabase(), waiting)
		waiting = nil
		if failure, ok := errors.AsType[*domain.Error](err); ok && failure.Code == domain.CodeUnavailable || err == nil {
			return err
		}
		return fmt.Errorf("section %q: its rows cannot be stored: one is in the file twice, or refers to one that is not in it: %w",
			open.name, err)
	}
	x, err := i.examine(ctx, i.in.Path, pass{target: to, take: func(s section, row port.OrgRow) error {
		if s.name != open.name || len(waiting) == batch {
			if err := flush(); err != nil {
				return err
			}
		}
		open, waiting = s, append(waiting, row)
		return nil
	}})
	if err != nil {
		return err
	}
	if x.digest != i.planned.Digest {
		return ErrChanged
	}
	if err := flush(); err != nil {
		return err
	}
	if err := i.verify(ctx, x.origins); err != nil {
		return err
	}
	if err := i.tx.Users().CountPasswords(ctx); err != nil {
		return err
	}
	return i.record(ctx, to.id, command)
}

// verify verifies the audit log as it is stored now.
func (i insertion) verify(ctx context.Context, origins domain.SealOrigins) error {
	broken, err := i.VerifyLog(ctx, i.tx.AuditSeals(), i.planned.Org, origins)
	if err == nil && broken != nil && !i.in.BrokenAudit {
		err = fmt.Errorf("%w: %s", ErrBrokenAudit, broken)
	}
	return err
}

func (i insertion) record(ctx context.Context, org domain.OrgID, command string) error {
	details := domain.Details{
		"by": command, "file_digest": i.planned.Digest.String(), "issuer": i.planned.Issuer, "file_key": string(i.planned.SignedBy),
		"accounts": strconv.Itoa(i.planned.Rows[port.SectionAccounts]),
	}
	if i.planned.Former != org {
		details["former_org_id"] = string(i.planned.Former)
	}
	event := domain.Actor{}.Did(domain.EventOrgImported, domain.OnOrg(org), details)
	return i.tx.Audit().Append(ctx, event.Stamp(i.NewID(), i.Clock()))
}
