package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

// Passkeys are for pages of this site. The load generator says that it is one of them.
const (
	rpID           = "localhost"
	passkeyOrigin  = "http://localhost:3000"
	passkeyOrigins = `["` + passkeyOrigin + `"]`
)

// addPasskey gives an account a passkey that counts its uses.
func (i *issuer) addPasskey(ctx context.Context, tx port.OrgTx, a *account) error {
	a.passkey = &authenticator.Authenticator{Origin: passkeyOrigin}
	holder := i.holder(a)
	pending, err := i.passkey.Begin(holder)
	if err != nil {
		return err
	}
	options, err := i.passkey.Show(holder, pending)
	if err != nil {
		return err
	}
	credential, err := a.passkey.Register([]byte(options[factor.PasskeyOptions].Reveal()))
	if err != nil {
		return err
	}
	holder.Held = []domain.Authenticator{pending}
	confirmed, err := i.passkey.Confirm(ctx, holder, domain.NewSecret(string(credential)))
	if err != nil {
		return err
	}
	if !confirmed.Right {
		return fmt.Errorf("the passkey of %s is refused: %s", a.email, confirmed.Reason)
	}
	if err := tx.Authenticators().SavePending(ctx, pending); err != nil {
		return err
	}
	return tx.Authenticators().Confirm(ctx, confirmed.Live, confirmed.Pending)
}

// signInWithPasskey asks for a request and answers it with the passkey of an account, without any password.
func signInWithPasskey(s client) act {
	next := turns(s, s.world.passkeys)
	return func(c *connection) error {
		var request struct {
			Token   string          `json:"challenge_token"`
			Options json.RawMessage `json:"public_key"`
		}
		if err := c.send(call{method: "POST", path: "/api/v1/auth/passkey/options"}, &request); err != nil {
			return err
		}
		credential, err := next().passkey.Sign(request.Options)
		if err != nil {
			return err
		}
		var answer signInAnswer
		body := fmt.Sprintf(`{"challenge_token":%q,"credential":%s}`, request.Token, credential)
		err = c.send(call{method: "POST", path: "/api/v1/auth/passkey", body: body}, &answer)
		if err == nil && answer.Status != "authenticated" {
			err = fmt.Errorf("the sign-in with a passkey is %q", answer.Status)
		}
		return err
	}
}
