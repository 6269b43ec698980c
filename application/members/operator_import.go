package members

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Operator is what the operator of the deployment does with the accounts of an org at the command line. The operator has the
// database and needs no session and no step-up.
type Operator struct {
	Import      OperatorImport
	CheckImport OperatorCheckImport
	ListRows    OperatorListRows
	Files       AccountFiles
}

// NewOperator returns the use cases. Of the guard they need the store, the clock and the ids.
func NewOperator(d Deps, pause port.Pause) Operator {
	run := RunImport{Guard: d.Guard, Invitations: d.Invitations, Pause: pause}
	return Operator{
		Import:      OperatorImport{OrderFile: OrderFile{Guard: d.Guard, Files: d.AccountFiles, Invitations: d.Invitations}, Run: run},
		CheckImport: OperatorCheckImport{Guard: d.Guard, Files: d.AccountFiles},
		ListRows:    OperatorListRows{d.Guard},
		Files:       d.AccountFiles,
	}
}

// OperatorImport imports a file of accounts that another system exported, in this process.
type OperatorImport struct {
	OrderFile
	Run RunImport
}

// OperatorImportInput is the file, and where its accounts go.
type OperatorImportInput struct {
	Org     string // an id or a slug
	File    AccountFile
	Digest  string            // of the file with its options, to continue an import that was interrupted; empty: it is not continued
	Command string            // for the audit log
	Began   func(ImportBegun) // is called when the rows are stored
	Settled func(rows int)    // is called after each unit
}

// ImportBegun is an import whose rows are stored.
type ImportBegun struct {
	domain.Import
	Continued bool // an earlier run stored them
}

// Execute stores the rows of the file, and then creates their accounts. If an earlier run with the same digest was interrupted, it
// continues that one: no account is created twice. Rows may give any role but those that grant permissions of the platform. It
// returns ErrOrgNotFound for an unknown org, and the errors of OrderFile.
func (uc OperatorImport) Execute(ctx context.Context, in OperatorImportInput) (done domain.Import, err error) {
	org, err := uc.Store.Platform().FindOrg(ctx, domain.OrgReference(in.Org))
	if err != nil {
		return done, err
	}
	if in.File.Invite && uc.Invitations.NoMail {
		return done, domain.ErrNoMail
	}
	job := domain.ImportOrder{Format: in.File.Format, NoInvite: !in.File.Invite, Command: in.Command}
	begun, err := uc.unfinished(ctx, org.ID, in.Digest)
	if err == nil && !begun.Continued {
		begun.Import, err = uc.begin(ctx, org.ID, in, job)
	}
	if err != nil {
		return done, err
	}
	in.Began(begun)
	job.Import, uc.Run.Settled = begun.ID, in.Settled
	if err := uc.Run.Execute(ctx, org.ID, job); err != nil {
		return begun.Import, err
	}
	err = uc.Store.ReadOrg(ctx, org.ID, func(tx port.OrgTx) (err error) {
		done, err = tx.Imports().Get(ctx, begun.ID)
		return err
	})
	return done, err
}

// unfinished returns the import that an earlier run left unfinished, if all its rows are stored. One whose file was not read to its
// end is removed.
func (uc OperatorImport) unfinished(ctx context.Context, org domain.OrgID, digest string) (found ImportBegun, err error) {
	for {
		err = uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
			found.Import, err = tx.Imports().Unfinished(ctx, digest)
			return err
		})
		switch {
		case errors.Is(err, domain.ErrNotFound):
			return ImportBegun{}, nil
		case err != nil:
			return found, err
		case !found.Reading:
			found.Continued = true
			return found, nil
		}
		if err := remove(ctx, uc.Guard, org, found.ID); err != nil {
			return found, err
		}
	}
}

// begin stores the rows of the file.
func (uc OperatorImport) begin(
	ctx context.Context, org domain.OrgID, in OperatorImportInput, job domain.ImportOrder,
) (order domain.Import, err error) {
	order = domain.Import{
		ID: domain.ImportID(uc.NewID()), CreatedAt: uc.Clock(), Format: in.File.Format, Digest: in.Digest, Reading: true,
	}
	err = uc.stage(ctx, &order, in.File, staging{
		org:  org,
		in:   func(do func(proof.Unit) error) error { return uc.ChangeByOperator(ctx, org, do) },
		look: func([]domain.ImportRow) {},
	})
	if err != nil {
		return order, err
	}
	err = uc.ChangeByOperator(ctx, org, func(tx proof.Unit) error { return begin(ctx, tx, order, job) })
	if err != nil {
		discard(ctx, uc.Guard, org, order.ID)
	}
	order.Reading = false
	return order, err
}

// OperatorCheckImport is the dry run of OperatorImport.
type OperatorCheckImport struct {
	proof.Guard
	Files AccountFiles
}

// Execute does what CheckFile does for the operator.
func (uc OperatorCheckImport) Execute(
	ctx context.Context, reference string, file AccountFile, report func(domain.ImportRow) error,
) (counts domain.Import, err error) {
	org, err := uc.Store.Platform().FindOrg(ctx, domain.OrgReference(reference))
	if err != nil {
		return counts, err
	}
	in := func(do func(proof.Unit) error) error { return uc.ReadByOperator(ctx, org, do) }
	return uc.Files.check(ctx, checking{file: file, in: in, newID: uc.NewID, report: report})
}

// OperatorListRows returns the rows of an import.
type OperatorListRows struct{ guard proof.Guard }

// Execute passes every row to report, in the order of their lines.
func (uc OperatorListRows) Execute(ctx context.Context, org string, id domain.ImportID, report func(domain.ImportRow) error) error {
	found, err := uc.guard.Store.Platform().FindOrg(ctx, domain.OrgReference(org))
	for after := 0; err == nil; {
		var rows []domain.ImportRow
		err = uc.guard.Store.ReadOrg(ctx, found.ID, func(tx port.OrgTx) (err error) {
			rows, err = tx.Imports().Rows(ctx, id, "", after, stagedAtOnce)
			return err
		})
		if err != nil || len(rows) == 0 {
			break
		}
		for _, row := range rows {
			if err := report(row); err != nil {
				return err
			}
		}
		after = rows[len(rows)-1].Line
	}
	return err
}
