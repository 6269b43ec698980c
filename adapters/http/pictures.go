package http

import (
	"context"

	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// picturesAPI stores and returns avatars of accounts and logos of orgs.
type picturesAPI struct {
	uc     files.UseCases
	sender sender
}

func (a picturesAPI) mount(s *Server) {
	sent := []string{"image/png", "image/jpeg"}
	me, org, members := table{server: s, tag: "Me"}, table{server: s, tag: "Org"}, table{server: s, tag: "Members"}

	secured(me, "PUT /me/avatar", proof.OwnAccount, route{id: "set-avatar", body: s.image()}, a.set(ownAvatar))
	secured(me, "GET /me/avatar", proof.OwnAccount, route{id: "get-avatar", media: sent, fails: []int{404}}, a.get(ownAvatar))
	secured(me, "DELETE /me/avatar", proof.OwnAccount, route{id: "remove-avatar", fails: []int{404}}, a.remove(ownAvatar))

	secured(org, "PUT /org/logo", files.ChangeLogoNeeds, route{id: "set-logo", body: s.image()}, a.set(logo))
	secured(org, "GET /org/logo", proof.SignedIn, route{id: "get-logo", media: sent, fails: []int{404}}, a.get(logo))
	secured(org, "DELETE /org/logo", files.ChangeLogoNeeds, route{id: "remove-logo", fails: []int{404}}, a.remove(logo))

	secured(members, "GET /members/{id}/avatar", files.MemberAvatarNeeds, route{
		id: "get-member-avatar", media: sent,
	}, byID(a.getMemberAvatar))
}

// Picture describes a stored picture.
type Picture struct {
	ContentType string `json:"content_type" enum:"image/png,image/jpeg"`
	Size        int64  `json:"size" doc:"In bytes."`
}

type pictureResponse struct{ Body Picture }

// subject returns the owner of the picture: the account of the caller, or its org.
type subject func(caller domain.Caller) files.Subject

func ownAvatar(caller domain.Caller) files.Subject { return files.Subject{Account: caller.User.ID} }

func logo(domain.Caller) files.Subject { return files.Subject{} }

func (a picturesAPI) set(of subject) func(context.Context, domain.Caller, *uploadRequest) (*pictureResponse, error) {
	return func(ctx context.Context, caller domain.Caller, in *uploadRequest) (*pictureResponse, error) {
		upload, err := in.open()
		if err != nil {
			return nil, err
		}
		picture, err := a.uc.SetPicture.Execute(ctx, caller, of(caller), upload)
		return &pictureResponse{Body: Picture{ContentType: picture.Media, Size: picture.Size}}, err
	}
}

func (a picturesAPI) get(of subject) func(context.Context, domain.Caller, *nothing) (*contentResponse, error) {
	return func(ctx context.Context, caller domain.Caller, _ *nothing) (*contentResponse, error) {
		return a.content(ctx, caller, of(caller))
	}
}

func (a picturesAPI) remove(of subject) func(context.Context, domain.Caller, *nothing) (*nothing, error) {
	return func(ctx context.Context, caller domain.Caller, _ *nothing) (*nothing, error) {
		return nil, a.uc.RemovePicture.Execute(ctx, caller, of(caller))
	}
}

func (a picturesAPI) getMemberAvatar(ctx context.Context, caller domain.Caller, id domain.UserID, _ *MemberPath) (*contentResponse, error) {
	return a.content(ctx, caller, files.Subject{Account: id})
}

func (a picturesAPI) content(ctx context.Context, caller domain.Caller, of files.Subject) (*contentResponse, error) {
	picture, content, err := a.uc.GetPicture.Execute(ctx, caller, of)
	if err != nil {
		return nil, err
	}
	return a.sender.file(picture, content), nil
}
