package console

import (
	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/roles"
	"github.com/sole-platform/sole/domain"
)

// membersLink leads to the accounts of the org.
var membersLink = page.Link{Path: "/console/members", Text: "nav.members", Needs: members.ListNeeds}

func (p Pages) mountMembers(t *page.Table) {
	t.Signed("GET /console/members", members.ListNeeds, p.listMembers)
	t.Signed("POST /console/members/export", members.ExportNeeds, exportMembers)
	t.Signed("GET /console/members/new", members.CreateNeeds, p.newMember)
	t.Signed("POST /console/members/new", members.CreateNeeds, p.createMember)
	p.mountImports(t)
	p.mountMember(t)
}

// membersAtOnce is how many accounts one page of the list shows.
const membersAtOnce = 50

// memberQuery has the filters of the list, as the query names them.
type memberQuery struct{ Q, Status, Role string }

func memberQueryOf(r *page.Request) memberQuery {
	return memberQuery{Q: r.Query("q"), Status: r.Query("status"), Role: r.Query("role")}
}

func (q memberQuery) filter() domain.MemberFilter {
	return domain.MemberFilter{Text: q.Q, Status: domain.Status(q.Status)}
}

// memberList is what the list of accounts shows.
type memberList struct {
	query   memberQuery
	members []domain.Member
	roles   []domain.Role // that the caller can filter by
	next    string        // path of the next page; empty on the last one
	errors  *page.Errors
}

// alone reports whether the caller's account is the only one of the org.
func (l memberList) alone(r *page.Request) bool {
	return l.query == memberQuery{} && len(l.members) == 1 && l.next == "" && l.members[0].ID == r.Caller.User.ID
}

func (p Pages) listMembers(r *page.Request) (err error) {
	view := memberList{query: memberQueryOf(r)}
	if view.roles, err = p.knownRoles(r); err != nil {
		return err
	}
	list := page.List{Name: "members", Filter: view.query}
	var after domain.MemberPlace
	if err := r.After(list, &after); err != nil {
		return err
	}
	found, err := p.Members.List.Execute(r.Context(), r.Caller, members.ListInput{
		Filter: view.query.filter(), Role: view.query.Role, After: after, Limit: membersAtOnce,
	})
	if view.errors = r.Errors(err); err != nil && !view.errors.Is(domain.CodeInvalid) {
		return err
	}
	if view.members = found.Members; found.More {
		if view.next, err = r.Next(list, found.Places[len(found.Places)-1]); err != nil {
			return err
		}
	}
	return r.Show(view.errors.Status(), membersPage(view))
}

// knownRoles returns the roles of the org. To those who may not read them, it returns the system roles only.
func (p Pages) knownRoles(r *page.Request) ([]domain.Role, error) {
	if roles.ListNeeds.Check(r.Caller) == nil {
		return p.Roles.List.Execute(r.Context(), r.Caller)
	}
	known := make([]domain.Role, 0, len(domain.SystemRoles()))
	for _, name := range domain.SystemRoles() {
		known = append(known, domain.Role{ID: domain.RoleID(name), Name: name, System: true})
	}
	return known, nil
}

// roleRef returns how requests refer to a role: system roles by name, others by id.
func roleRef(role domain.Role) string {
	if role.System {
		return role.Name
	}
	return string(role.ID)
}

// exportMembers answers with the accounts of the list as CSV.
func exportMembers(r *page.Request) error {
	query := memberQuery{Q: r.Field("q"), Status: r.Field("status"), Role: r.Field("role")}
	return r.ExportMembers(query.filter(), query.Role)
}

// memberStatuses are the statuses to filter by.
var memberStatuses = []domain.Status{domain.StatusActive, domain.StatusInvited, domain.StatusSuspended}

func statusChoices(l *locale.Language) []page.Choice {
	choices := []page.Choice{{Text: l.Text("members.any_status")}}
	for _, status := range memberStatuses {
		choices = append(choices, page.Choice{Value: string(status), Text: l.Text("status." + string(status))})
	}
	return choices
}

// statusKind returns the kind of badge of a status.
func statusKind(status domain.Status) string {
	switch status {
	case domain.StatusActive:
		return "good"
	case domain.StatusSuspended:
		return "bad"
	default:
		return "warn"
	}
}
