package console

import (
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

// membersLink leads to the accounts of the org.
var membersLink = page.Link{Path: "/console/members", Text: "nav.members", Needs: members.ListNeeds}

func (p Pages) mountMembers(t *page.Table) {
	t.Signed("GET /console/members", members.ListNeeds, p.listMembers)
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
	next    string
}

func (p Pages) listMembers(r *page.Request) error {
	view := memberList{query: memberQueryOf(r)}
	list := page.List{Name: "members", Filter: view.query}
	var after domain.MemberPlace
	if err := r.After(list, &after); err != nil {
		return err
	}
	found, err := p.Members.List.Execute(r.Context(), r.Caller, members.ListInput{
		Filter: view.query.filter(), Role: view.query.Role, After: after, Limit: membersAtOnce,
	})
	if err != nil {
		return err
	}
	if view.members = found.Members; found.More {
		if view.next, err = r.Next(list, found.Places[len(found.Places)-1]); err != nil {
			return err
		}
	}
	return r.Show(200, membersPage(view))
}
