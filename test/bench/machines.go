package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/google/uuid"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// machine is a service account that the load generator uses.
type machine struct {
	id  domain.ServiceAccountID
	key string
}

// addMachines adds service accounts with the role admin, granted by the administrator, each with a key.
func (i *issuer) addMachines(ctx context.Context, tx port.OrgTx, w *world) error {
	for n := range w.population.machines {
		added := domain.ServiceAccount{
			ID: domain.ServiceAccountID(uuid.NewString()), Name: fmt.Sprintf("machine%d", n), Status: domain.StatusActive,
			Roles: []domain.Role{{ID: i.roles[domain.RoleAdmin]}}, GrantedBy: w.admin.id, CreatedAt: i.now, UpdatedAt: i.now, Version: 1,
		}
		if err := tx.ServiceAccounts().Insert(ctx, added); err != nil {
			return err
		}
		secret := opaque.APIKeyTokens{}.New(i.org.ID)
		key := domain.APIKey{
			ID: domain.APIKeyID(uuid.NewString()), Account: added.ID, Name: "bench", Hash: secret.Hash, CreatedBy: w.admin.id,
			CreatedAt: i.now, ExpiresAt: i.expires,
		}
		if err := tx.APIKeys().Insert(ctx, key); err != nil {
			return err
		}
		w.machines = append(w.machines, &machine{id: added.ID, key: secret.Secret.Reveal()})
	}
	return nil
}

func getMeWithKey(s client) act {
	next := turns(s, s.world.machines)
	return func(c *connection) error {
		return c.send(call{method: "GET", path: "/api/v1/me", bearer: next().key}, nil)
	}
}

// introspect asks about the access tokens of members.
func introspect(s client) act {
	next, asked := turns(s, s.world.machines), turns(s, s.world.members)
	return func(c *connection) error {
		client := next()
		form := url.Values{"client_id": {string(client.id)}, "client_secret": {client.key}, "token": {asked().access}}
		var answer struct{ Active bool }
		err := c.send(call{method: "POST", path: "/oauth2/introspect", form: form.Encode()}, &answer)
		if err == nil && !answer.Active {
			err = fmt.Errorf("an introspected token is not active")
		}
		return err
	}
}
