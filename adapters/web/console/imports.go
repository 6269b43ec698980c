package console

import (
	"io"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

func (p Pages) mountImports(t *page.Table) {
	t.Signed("GET /console/members/import", members.OrderImportNeeds, askImport)
	t.Signed("POST /console/members/import", members.OrderImportNeeds, p.orderImport)
	t.Signed("GET /console/members/import/template", members.OrderImportNeeds, importTemplate)
	t.Signed("GET /console/members/imports/:id", members.GetImportNeeds, p.showImport)
	t.Signed("GET /console/members/imports/:id/refused", members.ListImportRowsNeeds, p.refusedRows)
}

const (
	importLimit  = 1 << 20 // bytes: 5,000 rows of 200 bytes
	rowsAtOnce   = 100
	refreshAfter = 2 * time.Second // while rows are pending
)

// importForm is a file that somebody wants to import.
type importForm struct {
	pasted string
	errors *page.Errors
}

// fault returns what is wrong with the file.
func (f importForm) fault() string {
	if text := f.errors.Of("file"); text != "" {
		return text
	}
	return f.errors.Of("")
}

func askImport(r *page.Request) error { return r.Show(200, importPage(importForm{})) }

// orderImport takes a file, or text that was pasted. The form of a step-up sends the text again.
func (p Pages) orderImport(r *page.Request) error {
	upload, err := r.Upload()
	if err != nil {
		if form := (importForm{errors: r.Errors(err)}); form.fault() != "" || form.errors.Is(domain.CodeTooLarge) {
			return r.Show(form.errors.Status(), importPage(form))
		}
		return err
	}
	text, err := readImport(upload.Content)
	r.KeepFile(text)
	var order domain.Import
	if err == nil {
		order, err = p.Members.OrderImport.Execute(r.Context(), r.Caller, norm.NFC.String(text))
	}
	if err == nil {
		return r.Redirect(importPath(order.ID))
	}
	form := importForm{errors: r.Errors(err)}
	if form.errors.Interrupts() {
		return err
	}
	if upload.Name == "" {
		form.pasted = text
	}
	return r.Show(form.errors.Status(), importPage(form))
}

// readImport returns ErrFileTooLarge for a file that no import accepts.
func readImport(content io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(content, importLimit+1))
	if err == nil && len(text) > importLimit {
		return "", domain.ErrFileTooLarge
	}
	return string(text), err
}

func importPath(id domain.ImportID) string { return "/console/members/imports/" + string(id) }

// importView is an import with some of its rows.
type importView struct {
	domain.Import

	status domain.RowStatus // of the rows; empty: all
	rows   []domain.ImportRow
	next   string
}

func (v importView) running() bool { return v.FinishedAt.IsZero() }

func (p Pages) findImport(r *page.Request) (domain.Import, error) {
	id, err := domain.ParseID[domain.ImportID](r.Param("id"))
	if err != nil {
		return domain.Import{}, err
	}
	return p.Members.GetImport.Execute(r.Context(), r.Caller, id)
}

// showImport shows the refused rows first, if there are any. While rows are pending, the browser loads the page again.
func (p Pages) showImport(r *page.Request) (err error) {
	view := importView{status: domain.RowStatus(r.Query("status"))}
	if view.Import, err = p.findImport(r); err != nil {
		return err
	}
	if !r.Queries().Has("status") && view.Refused > 0 {
		view.status = domain.RowRefused
	}
	list := page.List{Name: "import-rows", Filter: []string{string(view.ID), string(view.status)}}
	var after int
	if err := r.After(list, &after); err != nil {
		return err
	}
	rows, more, err := p.Members.ListImportRows.Execute(r.Context(), r.Caller, members.ListImportRowsInput{
		Import: view.ID, Status: view.status, After: after, Limit: rowsAtOnce,
	})
	if err != nil {
		return err
	}
	if view.rows = rows; more {
		if view.next, err = r.Next(list, rows[len(rows)-1].Line); err != nil {
			return err
		}
	}
	if view.running() {
		r.RefreshAfter(refreshAfter)
	}
	return r.Show(200, importProgress(view))
}
