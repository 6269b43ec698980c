package http

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/domain"
)

type exportMembersRequest struct{ MemberQuery }

func (s *Server) exportMembers(ctx context.Context, caller domain.Caller, in *exportMembersRequest) (*exportResponse, error) {
	pages, err := s.uc.ExportMembers.Execute(ctx, caller, in.filter(), in.Role)
	if err != nil {
		return nil, err
	}
	return &exportResponse{
		ContentType: "text/csv; charset=utf-8; header=present", Disposition: `attachment; filename="members.csv"`,
		Body: func(to huma.Context) {
			s.stream(to, newExport(strings.Join(domain.MemberColumns(), ",")+"\r\n", pages, writeMembers))
		},
	}, nil
}

// writeMembers writes the columns that domain.MemberColumns names.
func writeMembers(w io.Writer, members []domain.Member) error {
	rows := make([][]string, len(members))
	for i, m := range members {
		rows[i] = []string{
			string(m.Email), m.FullName, roleRefs(m.Roles), string(m.ID), string(m.Standing()), stamp(m.EnrolledAt), stamp(m.LastSignInAt), stamp(m.CreatedAt),
		}
	}
	return writeRows(w, rows)
}

// roleRefs refers to roles as an import does.
func roleRefs(roles []domain.Role) string {
	refs := make([]string, len(roles))
	for i, role := range roles {
		if refs[i] = string(role.ID); role.System {
			refs[i] = role.Name
		}
	}
	return strings.Join(refs, " ")
}

// stamp writes an instant that may not have come yet.
func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339)
}
