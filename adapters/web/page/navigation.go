package page

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sole-platform/sole/application/proof"
)

// Link is an entry of the navigation. Text is a key of the catalogue.
type Link struct {
	Path, Text string
	Needs      proof.Needs
	MultiOnly  bool // exists in multi mode only
	Current    bool
}

// accountLinks are the sections of the account, in the order of the navigation.
var accountLinks = []Link{
	{Path: "/account", Text: "nav.profile", Needs: proof.OwnAccount},
	{Path: "/account/security", Text: "nav.security", Needs: proof.OwnAccount},
	{Path: "/account/devices", Text: "nav.devices", Needs: proof.OwnAccount},
	{Path: "/account/org", Text: "nav.rules", Needs: proof.OwnAccount},
}

// Console sets the sections of the console, in the order of the navigation. The area console knows what they need.
func (t *Table) Console(links []Link) { t.site.console = links }

// areas returns the areas that the caller may open.
func (r *Request) areas() []Link {
	areas := []Link{{Path: "/account", Text: "nav.account", Current: r.in("/account")}}
	if first := r.ConsoleLinks(); len(first) > 0 {
		areas = append(areas, Link{Path: "/console", Text: "nav.console", Current: r.in("/console")})
	}
	return areas
}

// ConsoleLinks returns the sections of the console that the caller may open.
func (r *Request) ConsoleLinks() []Link { return r.permitted(r.site.console) }

// sections returns the sections of the area that the page is in.
func (r *Request) sections() []Link {
	if r.in("/console") {
		return r.ConsoleLinks()
	}
	return r.permitted(accountLinks)
}

func (r *Request) permitted(links []Link) []Link {
	links = slices.DeleteFunc(slices.Clone(links), func(link Link) bool {
		return link.Needs.Check(r.Caller) != nil || link.MultiOnly && !r.site.MultiTenant
	})
	for i, link := range links {
		links[i].Current = r.Path() == link.Path || link.Path != "/account" && r.in(link.Path)
	}
	return links
}

// section returns the path of the section that the request belongs to.
func (r *Request) section() string {
	found := "/account"
	for _, link := range r.sections() {
		if link.Current {
			found = link.Path
		}
	}
	return found
}

func (r *Request) in(path string) bool {
	return r.Path() == path || strings.HasPrefix(r.Path(), path+"/")
}

// Asset returns the path of an asset.
func (r *Request) Asset(name string) string { return r.site.assets.Path(name) }

func (r *Request) orgName() string {
	if r.SignedIn() {
		return r.Caller.Org.Name
	}
	return cmp.Or(r.OrgName, "SOLE")
}

func (r *Request) personName() string {
	return cmp.Or(r.Caller.User.FullName, string(r.Caller.User.Email))
}
