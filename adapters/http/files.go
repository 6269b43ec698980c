package http

import (
	"context"
	"io"
	"mime"
	"net"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/domain"
)

// File is what is known of a file.
type File struct {
	ID          domain.FileID `json:"id"`
	Name        string        `json:"name" doc:"The name that was sent, without unsafe characters, with an extension that fits the content."`
	ContentType string        `json:"content_type" doc:"The type of the content, determined from the content."`
	Size        int64         `json:"size" doc:"In bytes."`
	CreatedBy   domain.UserID `json:"created_by"`
	CreatedAt   time.Time     `json:"created_at"`
}

func showFile(f domain.File) File {
	return File{f.ID, f.Name, f.Media, f.Size, f.By, f.CreatedAt}
}

type storedFileResponse struct {
	Location string `header:"Location" doc:"The URL of the content."`
	Body     File
}

func (s *Server) storeFile(ctx context.Context, caller domain.Caller, in *uploadRequest) (*storedFileResponse, error) {
	upload, err := in.open()
	if err != nil {
		return nil, err
	}
	stored, err := s.uc.StoreFile.Execute(ctx, caller, upload)
	return &storedFileResponse{base + "/files/" + string(stored.ID), showFile(stored)}, err
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

func (s *Server) listFiles(ctx context.Context, caller domain.Caller, in *listFilesRequest) (*filesResponse, error) {
	scope := cursorScope{"list-files", caller.Org.ID, nil}
	after, err := openCursor[domain.FileID](s.cursors, scope, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.uc.ListFiles.Execute(ctx, caller, files.ListInput{After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	shown, err := pageOf(s.cursors, scope, found.Files, found.More, showFile, func(f domain.File) domain.FileID { return f.ID })
	return &filesResponse{filesPage{Items: shown.Items, NextCursor: shown.NextCursor, Storage: showStorage(found.Storage)}}, err
}

// FilePath names a file.
type FilePath struct {
	ID string `path:"id" maxLength:"64" doc:"The file's id."`
}

func (r FilePath) id() (domain.FileID, error) { return domain.ParseID[domain.FileID](r.ID) }

func (s *Server) getFile(ctx context.Context, caller domain.Caller, in *FilePath) (*contentResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	file, content, err := s.uc.GetFile.Execute(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	return s.content(file, content), nil
}

func (s *Server) removeFile(ctx context.Context, caller domain.Caller, in *FilePath) (*nothing, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return nil, s.uc.RemoveFile.Execute(ctx, caller, id)
}

// contentResponse is the content of a file. A browser saves it and runs nothing of it.
type contentResponse struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Policy      string `header:"Content-Security-Policy"`
	Body        func(huma.Context)
}

const contentPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'"

func (s *Server) content(file domain.File, content io.ReadCloser) *contentResponse {
	return &contentResponse{
		ContentType: file.Media, Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}), Policy: contentPolicy,
		Body: func(to huma.Context) {
			c := humafiber.Unwrap(to)
			c.Context().SetBodyStream(&leaving{content, c.Context().Conn(), s.Patience.Write}, int(file.Size))
		},
	}
}

// leaving is a file on its way out, of which every piece has some time to be taken.
type leaving struct {
	io.ReadCloser
	conn     net.Conn
	patience time.Duration
}

// Read implements io.Reader.
func (l *leaving) Read(p []byte) (int, error) {
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.patience)); err != nil { //nolint:forbidigo // deadlines of connections are real time
		return 0, err
	}
	return l.ReadCloser.Read(p)
}
