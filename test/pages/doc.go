// Package pages tests the pages in a browser, as people use them, on services that really listen: embedded, and on PostgreSQL
// with Redis.
//
// A journey starts a service on each deployment, creates people, and opens tabs for them:
//
//	func TestAMemberIsSuspended(t *testing.T) {
//		t.Parallel()
//		onEach(t, func(t *testing.T, s *service) {
//			owner := s.newPerson(t, "Olga Owner", domain.RoleOwner)   // olga.owner@example.org, with the constant password
//			member := s.newPerson(t, "Max Member", domain.RoleMember)
//			b := s.tab(t, owner)                                     // signed in, with a one-time code where it is needed
//			b.Goto("/console/members/" + member.id)
//			b.Click("text=Suspend")
//			b.WaitForText("suspended")
//		})
//	}
//
// Use onEach for the main journeys. embedded starts the quicker one of the two deployments, for everything beside them; multi
// and other changes of the configuration go into onEachWith and embeddedWith.
//
//   - visit opens a tab that is not signed in; Another of a tab is a second one of the same person; signIn signs in without a
//     browser, so that as can send API calls that arrange what a journey is about.
//   - code returns a one-time code that was not used before, emails and link read what was mailed, clock moves the time.
//   - newOrg creates an org of a multi-tenant service with a newPerson, tab and visit of its own.
//   - client sends plain requests with the cookies of a person, for what a browser cannot send.
//
// What tabs can do, and which faults they report by themselves, is in test/browser.
package pages
