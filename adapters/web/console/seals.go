package console

import (
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/audit"
)

var sealsLink = page.Link{Path: "/console/seals", Text: "nav.seals", Needs: audit.CheckNewestNeeds}

func (p Pages) mountSeals(t *page.Table) {
	t.Signed("GET /console/seals", audit.CheckNewestNeeds, p.seals)
}

func (p Pages) seals(r *page.Request) error {
	found, err := p.Audit.CheckNewest.Execute(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return r.Show(200, seals(found))
}
