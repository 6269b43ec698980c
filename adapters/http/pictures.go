package http

import (
	"context"

	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/domain"
)

// pictureMedia are the types of pictures on their way out.
var pictureMedia = []string{"image/png", "image/jpeg"}

// Picture is what is known of a picture.
type Picture struct {
	ContentType string `json:"content_type" enum:"image/png,image/jpeg"`
	Size        int64  `json:"size" doc:"In bytes."`
}

type pictureResponse struct{ Body Picture }

func own(caller domain.Caller) files.Subject { return files.Subject{Account: caller.User.ID} }

func (s *Server) setAvatar(ctx context.Context, caller domain.Caller, in *uploadRequest) (*pictureResponse, error) {
	return s.setPicture(ctx, caller, own(caller), in)
}

func (s *Server) getAvatar(ctx context.Context, caller domain.Caller, _ *nothing) (*contentResponse, error) {
	return s.getPicture(ctx, caller, own(caller))
}

func (s *Server) removeAvatar(ctx context.Context, caller domain.Caller, _ *nothing) (*nothing, error) {
	return nil, s.uc.RemovePicture.Execute(ctx, caller, own(caller))
}

func (s *Server) getMemberAvatar(ctx context.Context, caller domain.Caller, in *MemberPath) (*contentResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return s.getPicture(ctx, caller, files.Subject{Account: id})
}

func (s *Server) setLogo(ctx context.Context, caller domain.Caller, in *uploadRequest) (*pictureResponse, error) {
	return s.setPicture(ctx, caller, files.Subject{}, in)
}

func (s *Server) getLogo(ctx context.Context, caller domain.Caller, _ *nothing) (*contentResponse, error) {
	return s.getPicture(ctx, caller, files.Subject{})
}

func (s *Server) removeLogo(ctx context.Context, caller domain.Caller, _ *nothing) (*nothing, error) {
	return nil, s.uc.RemovePicture.Execute(ctx, caller, files.Subject{})
}

func (s *Server) setPicture(ctx context.Context, caller domain.Caller, of files.Subject, in *uploadRequest) (*pictureResponse, error) {
	upload, err := in.open()
	if err != nil {
		return nil, err
	}
	picture, err := s.uc.SetPicture.Execute(ctx, caller, of, upload)
	return &pictureResponse{Picture{picture.Media, picture.Size}}, err
}

func (s *Server) getPicture(ctx context.Context, caller domain.Caller, of files.Subject) (*contentResponse, error) {
	picture, content, err := s.uc.GetPicture.Execute(ctx, caller, of)
	if err != nil {
		return nil, err
	}
	return s.content(picture, content), nil
}
