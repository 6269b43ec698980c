// Package console has the pages on which administrators manage their org, and operators all orgs.
//
// A section is a group of pages below one path, such as /console/members. Its file has:
//
//   - the link of the navigation with what the section needs of its caller: var membersLink. A section that other pages
//     lead to has none;
//   - the routes: func (p Pages) mountMembers(t *page.Table). Each names the needs of its use case;
//   - the handlers. The views are in the templ file of the same name, the texts in the area of the same name.
//
// A new section is one line in Pages.sections.
package console
