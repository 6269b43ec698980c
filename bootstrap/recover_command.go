package bootstrap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/domain"
)

// Recover implements cli.Actions.
func (c commands) Recover(ctx context.Context, o cli.Options, want cli.RecoverRequest) (err error) {
	app, err := c.open(o, c.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	use := platform.Recover{Store: app.Store, Hasher: app.Seed.Hasher, NewPassword: newTemporaryPassword, Clock: app.clock, NewID: newID}
	result, err := use.Execute(ctx, platform.RecoverInput{
		Org: cmp.Or(want.Org, string(app.Config.DefaultOrgID)), Email: want.Email, FullName: want.FullName, LostFactor: want.LostFactor,
	})
	if err != nil {
		return recoveryFailure(err)
	}
	done := "made %s an owner of %s, with the temporary password %s"
	if result.Created {
		done = "created the owner %s of %s, with the temporary password %s"
	}
	c.say(done, result.User.Email, result.Org.Name, result.Password.Reveal())
	c.say("it is shown only once, works for three days, and must be changed at the first sign-in, which also enrols a second factor")
	if !result.Org.Active() {
		c.say("the org is suspended: nobody can sign in until a platform operator activates it")
	}
	return nil
}

// recoveryFailure turns a refusal into an error that says what to do.
func recoveryFailure(err error) error {
	failure, refused := errors.AsType[*domain.Error](err)
	switch {
	case errors.Is(err, domain.ErrUnavailable):
		return err // with its cause
	case errors.Is(err, domain.ErrOwnerUsable):
		return errors.New("the org has an owner who can sign in: that owner can make others owners (PUT /api/v1/members/{id}/roles) " +
			"and reset passwords and second factors. If the only owner has lost the second factor, " +
			"run this again with that owner's --email and --lost-factor")
	case errors.Is(err, domain.ErrOrgNotFound):
		return errors.New("there is no org with this --org: give the id or the slug of an org")
	case refused && len(failure.Fields) > 0:
		flag := strings.ReplaceAll(strings.TrimPrefix(failure.Fields[0].Location, "body."), "_", "-")
		return fmt.Errorf("--%s %s", flag, failure.Fields[0].Message)
	case refused:
		return errors.New(failure.Message)
	}
	return err
}
