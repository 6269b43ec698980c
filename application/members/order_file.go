package members

import (
	"context"
	"strconv"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// OrderFile stores a file of accounts that another system exported. A job creates the accounts later.
type OrderFile struct {
	proof.Guard
	Files       AccountFiles
	Invitations Invitations
}

// Execute reads the file to its end and stores its rows before any account is created: of a file that cannot be read to its end
// nothing remains. An account that cannot be created is refused by itself, and the others stay. Like OrderImport it requires the
// step-up when a row gives any role but member. It returns ErrNoMail when accounts are to be invited and the deployment sends no
// mail.
func (uc OrderFile) Execute(ctx context.Context, caller domain.Caller, file AccountFile) (order domain.Import, err error) {
	var all []domain.Role
	err = uc.Read(ctx, caller, OrderImportNeeds.WithoutStepUp(), func(tx proof.Unit) (err error) {
		all, err = tx.Roles().List(ctx)
		return err
	})
	if err != nil {
		return order, err
	}
	if file.Invite && uc.Invitations.NoMail {
		return order, domain.ErrNoMail
	}
	order = domain.Import{
		ID: domain.ImportID(uc.NewID()), By: caller.User.ID, CreatedAt: uc.Clock(), Format: file.Format, Reading: true,
	}
	beyond := false
	err = uc.Allow(ctx, caller, OrderImportNeeds.WithoutStepUp(), func(access proof.Access) error {
		return uc.stage(ctx, &order, file, staging{
			org:  caller.Org.ID,
			in:   func(do func(proof.Unit) error) error { return access.Change(ctx, do) },
			look: func(rows []domain.ImportRow) { beyond = beyond || anyBeyondMember(rows, all) },
		})
	})
	if err != nil {
		return order, err
	}
	err = uc.Change(ctx, caller, OrderImportNeeds.StepUpIf(beyond), func(tx proof.Unit) error {
		job := domain.ImportOrder{
			Import: order.ID, By: caller.User.ID, ByType: caller.Type, Scope: caller.Scope, Origin: caller.Origin,
			Format: file.Format, NoInvite: !file.Invite,
		}
		if err := begin(ctx, tx, order, job); err != nil {
			return err
		}
		return tx.Jobs().Enqueue(ctx, FileImportJob{Order: job})
	})
	if err != nil {
		discard(ctx, uc.Guard, caller.Org.ID, order.ID)
	}
	order.Reading = false
	return order, err
}

// staging is what storing the rows of a file needs: units for the one who orders the import. look sees the rows first.
type staging struct {
	org  domain.OrgID
	in   func(func(proof.Unit) error) error
	look func([]domain.ImportRow)
}

// stage stores an import with the rows of its file, and counts them. After an error nothing remains.
func (uc OrderFile) stage(ctx context.Context, order *domain.Import, file AccountFile, s staging) error {
	source, err := uc.Files.Open(file)
	if err != nil {
		return err
	}
	if err := s.in(func(tx proof.Unit) error { return tx.Imports().Insert(ctx, *order, nil) }); err != nil {
		return err
	}
	r := reading{files: uc.Files, org: s.org, roles: file.Roles, newID: uc.NewID, now: order.CreatedAt}
	err = r.rows(ctx, source, func(rows []domain.ImportRow) error {
		s.look(rows)
		for _, row := range rows {
			order.Add(row.Status)
		}
		return s.in(func(tx proof.Unit) error { return tx.Imports().Add(ctx, order.ID, rows) })
	})
	if err != nil {
		discard(ctx, uc.Guard, s.org, order.ID)
	}
	return err
}

// begin ends the reading of an import, so that its rows can be settled, and records who ordered it.
func begin(ctx context.Context, tx proof.Unit, order domain.Import, job domain.ImportOrder) error {
	if err := tx.Imports().Begin(ctx, order.ID); err != nil {
		return err
	}
	details := domain.Details{"rows": strconv.Itoa(order.Total), "format": order.Format}
	if job.Command != "" {
		details["by"] = job.Command
	}
	return tx.Record(ctx, domain.EventImportOrdered, domain.OnImport(order.ID), details)
}

// CheckFileNeeds is what CheckFile requires of its caller.
var CheckFileNeeds = proof.Needs{Permission: domain.PermMemberCreate}

// CheckFile is the dry run of OrderFile: it says what would become of each row, and changes nothing.
type CheckFile struct {
	proof.Guard
	Files       AccountFiles
	Invitations Invitations
}

// Execute passes each row to report, in the order of the file. A row that would become an account has the status created and no
// account. It requires no step-up, because it changes nothing.
func (uc CheckFile) Execute(
	ctx context.Context, caller domain.Caller, file AccountFile, report func(domain.ImportRow) error,
) (counts domain.Import, err error) {
	if file.Invite && uc.Invitations.NoMail {
		return counts, domain.ErrNoMail
	}
	err = uc.Allow(ctx, caller, CheckFileNeeds, func(access proof.Access) error {
		in := func(do func(proof.Unit) error) error { return access.Read(ctx, do) }
		counts, err = uc.Files.check(ctx, checking{file: file, in: in, newID: uc.NewID, report: report})
		return err
	})
	return counts, err
}

// checking is what a dry run needs: units that only read, for the one who would order the import.
type checking struct {
	file   AccountFile
	order  domain.ImportOrder
	in     func(func(proof.Unit) error) error
	newID  port.NewID
	report func(domain.ImportRow) error
}

// check says what would become of each row of a file. Secrets are sealed as in an import, so that a fault is found.
func (f AccountFiles) check(ctx context.Context, c checking) (counts domain.Import, err error) {
	source, err := f.Open(c.file)
	if err != nil {
		return counts, err
	}
	r, rules := reading{files: f, roles: c.file.Roles, newID: c.newID}, rowRules{foreign: true, claims: claims{}, newID: c.newID}
	err = c.in(func(tx proof.Unit) (err error) {
		r.org, r.now, rules.now, rules.may = tx.Caller.Org.ID, tx.Now, tx.Now, giverOf(tx.Caller, c.order)
		rules.all, err = tx.Roles().List(ctx)
		return err
	})
	if err != nil {
		return counts, err
	}
	err = r.rows(ctx, source, func(rows []domain.ImportRow) error {
		err := c.in(func(tx proof.Unit) error {
			_, err := rules.accounts(ctx, tx, "", rows)
			return err
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Status == domain.RowPending {
				row.Status = domain.RowCreated
			}
			counts.Add(row.Status)
			if err := c.report(row); err != nil {
				return err
			}
		}
		return nil
	})
	return counts, err
}
