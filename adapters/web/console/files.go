package console

import (
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/domain"
)

var filesLink = page.Link{Path: "/console/files", Text: "nav.files", Needs: files.ListNeeds}

func (p Pages) mountFiles(t *page.Table) {
	t.Signed("GET /console/files", files.ListNeeds, func(r *page.Request) error { return p.showFiles(r, nil) })
	t.Signed("POST /console/files", files.UploadNeeds, p.storeFile)
	t.Signed("GET /console/files/:id", files.GetNeeds, p.sendFile)
	t.Signed("POST /console/files/:id/remove", files.RemoveNeeds, p.removeFile)
}

const filesPage = 50 // files

// filesView is a page of the files.
type filesView struct {
	found     files.ListResult
	next      string
	mayChange bool
	errors    *page.Errors
}

func (p Pages) showFiles(r *page.Request, errors *page.Errors) error {
	list := page.List{Name: "files"}
	var after domain.FileID
	if err := r.After(list, &after); err != nil {
		return err
	}
	found, err := p.Files.List.Execute(r.Context(), r.Caller, files.ListInput{After: after, Limit: filesPage, Named: true})
	if err != nil {
		return err
	}
	view := filesView{found: found, mayChange: files.UploadNeeds.Check(r.Caller) == nil, errors: errors}
	if found.More {
		if view.next, err = r.Next(list, found.Files[len(found.Files)-1].ID); err != nil {
			return err
		}
	}
	return r.Show(errors.Status(), filesList(view))
}

// storeFile stores a posted file. If it is refused, the page says why beside the form.
func (p Pages) storeFile(r *page.Request) error {
	upload, err := r.Upload()
	if err == nil {
		_, err = p.Files.Upload.Execute(r.Context(), r.Caller, upload)
	}
	if err == nil {
		return r.Done("/console/files", "file_stored")
	}
	if shown := r.Errors(err); !shown.Interrupts() {
		return p.showFiles(r, shown)
	}
	return err
}

func (p Pages) sendFile(r *page.Request) error {
	id, err := domain.ParseID[domain.FileID](r.Param("id"))
	if err != nil {
		return err
	}
	file, content, err := p.Files.Get.Execute(r.Context(), r.Caller, id)
	if err != nil {
		return err
	}
	return r.Send(file, content)
}

func (p Pages) removeFile(r *page.Request) error {
	id, err := domain.ParseID[domain.FileID](r.Param("id"))
	if err != nil {
		return err
	}
	if err := p.Files.Remove.Execute(r.Context(), r.Caller, id); err != nil {
		return err
	}
	return r.Done("/console/files", "file_removed")
}
