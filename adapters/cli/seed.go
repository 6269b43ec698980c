package cli

import "context"

// Seed implements Actions.
func (c commands) Seed(ctx context.Context, o Options) error {
	seeded, err := c.program.Seed(ctx, o)
	if err == nil || seeded.OwnerCreated { // a new password is shown even if the link could not be created
		c.printSeeded(seeded)
	}
	return err
}

// printStarted prints what a start of the service created: nothing if there was an owner already.
func (c commands) printStarted(s Seeded) {
	if s.OwnerCreated || s.OwnerRenewed {
		c.printSeeded(s)
		return
	}
	c.printFirstRun(s)
}

// printFirstRun prints the link with which a person becomes the first owner.
func (c commands) printFirstRun(s Seeded) {
	if !s.FirstRun.IsZero() {
		c.printf("nobody has signed in yet: to become the first owner, open this link within 24 hours")
		c.printf("%s", s.FirstRun.Reveal())
	}
}

// printSeeded prints what seeding created, and the temporary password, which is not shown again.
func (c commands) printSeeded(s Seeded) {
	if s.OrgCreated {
		c.printf("created the org %s (%s)", s.OrgName, s.OrgID)
	}
	configured := s.Password.IsZero()
	switch {
	case s.ClaimedBy != "":
		c.printf("the org has an owner already; nothing changed")
	case s.OwnerRenewed && !configured:
		c.printf("the temporary password of %s had expired; the new one is %s", s.Owner, s.Password.Reveal())
	case s.OwnerRenewed:
		c.printf("the temporary password of %s had expired; the one from SEED_ADMIN_PASSWORD replaces it", s.Owner)
	case !s.OwnerCreated:
		c.printf("%s already has an account; nothing changed", s.Owner)
	case !configured:
		c.printf("created the owner %s with the temporary password %s", s.Owner, s.Password.Reveal())
		c.printf("it is shown only once and must be changed at the first sign-in")
	default:
		c.printf("created the owner %s with the password from SEED_ADMIN_PASSWORD", s.Owner)
	}
	c.printFirstRun(s)
}
