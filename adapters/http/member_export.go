package http

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

// memberExportAPI exports the accounts of the org.
type memberExportAPI struct {
	uc     members.UseCases
	sender sender
}

func (a memberExportAPI) mount(s *Server) {
	secured(table{server: s, tag: "Members"}, "GET /members/export", members.ExportNeeds, route{
		id: "export-members", media: []string{"text/csv"},
	}, a.export)
}

type exportMembersRequest struct{ MemberQuery }

func (a memberExportAPI) export(ctx context.Context, caller domain.Caller, in *exportMembersRequest) (*exportResponse, error) {
	file, err := a.download(ctx, caller, in.filter(), in.Role)
	if err != nil {
		return nil, err
	}
	return a.sender.export(file), nil
}

func (a memberExportAPI) download(ctx context.Context, caller domain.Caller, filter domain.MemberFilter, role string) (download, error) {
	pages, err := a.uc.Export.Execute(ctx, caller, filter, role)
	head := strings.Join(domain.MemberColumns(), ",") + "\r\n"
	return download{media: exportFormats["csv"].media, name: "members.csv", body: newExport(head, pages, writeMembers)}, err
}

// writeMembers writes the columns that domain.MemberColumns names.
func writeMembers(w io.Writer, members []domain.Member) error {
	rows := make([][]string, len(members))
	for i, m := range members {
		rows[i] = []string{
			string(m.Email), m.FullName, roleRefs(m.Roles), string(m.ID), string(m.Standing()), stamp(m.EnrolledAt), stamp(m.LastSignInAt),
			stamp(m.CreatedAt),
		}
	}
	return writeRows(w, rows)
}

// roleRefs returns the roles in the form that an import accepts: names of system roles, ids of other roles.
func roleRefs(roles []domain.Role) string {
	refs := make([]string, len(roles))
	for i, role := range roles {
		if refs[i] = string(role.ID); role.System {
			refs[i] = role.Name
		}
	}
	return strings.Join(refs, " ")
}

// stamp formats a time. The zero time becomes an empty text.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339)
}
