package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/domain"
)

// filesAPI stores and returns the files of the org.
type filesAPI struct {
	uc     files.UseCases
	lists  Cursors
	sender sender
}

func (a filesAPI) mount(s *Server) {
	t := table{server: s, tag: "Files"}
	secured(t, "GET /files", files.ListNeeds, route{id: "list-files"}, a.list)
	secured(t, "POST /files", files.UploadNeeds, route{id: "store-file", status: 201, body: s.form()}, a.upload)
	secured(t, "GET /files/{id}", files.GetNeeds, route{id: "get-file", media: []string{"*/*"}}, byID(a.get))
	secured(t, "DELETE /files/{id}", files.RemoveNeeds, route{id: "remove-file"}, doneByID[FilePath](a.uc.Remove.Execute))
}

// File describes a stored file.
type File struct {
	ID          domain.FileID `json:"id"`
	Name        string        `json:"name" doc:"The name that was sent, without unsafe characters, with an extension that fits the content."`
	ContentType string        `json:"content_type" doc:"The type of the content, determined from the content."`
	Size        int64         `json:"size" doc:"In bytes."`
	CreatedBy   domain.UserID `json:"created_by"`
	CreatedAt   time.Time     `json:"created_at"`
}

func showFile(f domain.File) File {
	return File{ID: f.ID, Name: f.Name, ContentType: f.Media, Size: f.Size, CreatedBy: f.By, CreatedAt: f.CreatedAt}
}

type storedFileResponse struct {
	Location string `header:"Location" doc:"The URL of the content."`
	Body     File
}

func (a filesAPI) upload(ctx context.Context, caller domain.Caller, in *uploadRequest) (*storedFileResponse, error) {
	upload, err := in.open()
	if err != nil {
		return nil, err
	}
	stored, err := a.uc.Upload.Execute(ctx, caller, upload)
	return &storedFileResponse{Location: base + "/files/" + string(stored.ID), Body: showFile(stored)}, err
}

type listFilesRequest struct{ Paging }

// storageUse is how much storage the files and pictures of the org use.
type storageUse struct {
	UsedBytes  int64  `json:"used_bytes"`
	LimitBytes *int64 `json:"limit_bytes" doc:"null: no limit. A file that does not fit gets 507 insufficient_storage."`
}

func showStorage(s domain.Storage) storageUse {
	if s.Limit == 0 {
		return storageUse{UsedBytes: s.Used}
	}
	return storageUse{UsedBytes: s.Used, LimitBytes: &s.Limit}
}

type filesPage struct {
	Items      []File     `json:"items"`
	NextCursor *string    `json:"next_cursor" doc:"Send it as ?cursor= to get the next page; null on the last page."`
	Storage    storageUse `json:"storage"`
}

type filesResponse struct{ Body filesPage }

func (a filesAPI) list(ctx context.Context, caller domain.Caller, in *listFilesRequest) (*filesResponse, error) {
	var storage domain.Storage
	stored := a.lists.list("list-files", caller.Org.ID, nil)
	shown, err := pageOf(stored, in.Cursor, showFile, func(after domain.FileID) ([]domain.File, *domain.FileID, error) {
		found, err := a.uc.List.Execute(ctx, caller, files.ListInput{After: after, Limit: in.Limit})
		storage = found.Storage
		return found.Files, nextPlace(found.Files, found.More, func(f domain.File) domain.FileID { return f.ID }), err
	})
	return &filesResponse{Body: filesPage{Items: shown.Items, NextCursor: shown.NextCursor, Storage: showStorage(storage)}}, err
}

// FilePath names a file.
type FilePath struct {
	ID string `path:"id" maxLength:"64" doc:"The file's id."`
}

func (p FilePath) id() (domain.FileID, error) { return domain.ParseID[domain.FileID](p.ID) }

func (a filesAPI) get(ctx context.Context, caller domain.Caller, id domain.FileID, _ *FilePath) (*contentResponse, error) {
	file, content, err := a.uc.Get.Execute(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	return a.sender.file(file, content), nil
}
