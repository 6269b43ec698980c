package isolation

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

// world is a deployment with two orgs that have rows of every kind.
type world struct {
	*service
	database *database
	operator *account // of the deployment
	ours     *org     // whose accounts send the requests
	theirs   *org     // whose ids they send
}

// org is a tenant with an account of every role and with ids of every kind.
type org struct {
	id, slug, domain string
	accounts         []*account
	ids              map[kind][]string
	hash             domain.PasswordHash
	phone            *authenticator.Authenticator // with a passkey of the owner
}

const custom = "helpdesk" // a custom role of the org

// roles lists the roles that an account of an org can have.
var roles = []string{domain.RoleOwner, domain.RoleAdmin, domain.RoleAuditor, domain.RoleMember, custom}

// helpdesk lists the permissions of the custom role.
var helpdesk = []domain.Permission{domain.PermMemberRead, domain.PermMemberSuspend, domain.PermFileRead}

// newWorld fills the service. Every name in the other org contains "globex".
func newWorld(t *testing.T, s *service) *world {
	t.Helper()
	w := &world{service: s, database: openDatabase(t, s.app.Config.DatabaseURL)}
	home := w.found(t, "default", "default.example")
	w.operator = &account{name: "operator", org: home, email: "owner@default.example"}
	w.ours, w.theirs = w.found(t, "acme-inc", "acme.example"), w.found(t, "globex", "globex.example")
	w.database.exec(t, "UPDATE orgs SET platform = (slug = 'default')")
	signedIn := []*account{w.operator}
	for _, o := range []*org{w.ours, w.theirs} {
		for _, role := range roles {
			who := w.newAccount(t, o, role)
			o.accounts = append(o.accounts, who)
			o.ids[accountID] = append(o.ids[accountID], who.id)
		}
		signedIn = append(signedIn, o.accounts...)
	}
	for _, who := range signedIn {
		w.enrol(t, who)
	}
	w.clock.NextCode()
	for _, who := range signedIn {
		session, device := w.signIn(t, who)
		who.org.ids[sessionID] = append(who.org.ids[sessionID], session)
		who.org.ids[deviceID] = append(who.org.ids[deviceID], device)
	}
	for _, o := range []*org{w.ours, w.theirs} {
		w.furnish(t, o)
		_, err := w.app.Sealing().Execute(t.Context())
		require.NoError(t, err)
		w.send(t, request{method: "GET", path: "/audit-events", token: o.accounts[0].access}) // an event without a seal
		for _, table := range w.database.tenantTables(t) {
			if table == "audit_waiting" {
				continue // the service empties it when it seals
			}
			require.NotZero(t, w.database.count(t, "SELECT count(*) FROM "+table+" WHERE org_id = $1", o.id),
				"furnish: give the org a row in %s", table)
		}
	}
	return w
}

// found creates an org with an owner. The default org has the configured id.
func (w *world) found(t *testing.T, slug, mail string) *org {
	t.Helper()
	o := &org{id: uuid.NewString(), slug: slug, domain: mail, ids: map[kind][]string{}}
	if slug == "default" {
		o.id = string(w.app.Config.DefaultOrgID)
	}
	_, err := w.app.Seed.Execute(t.Context(), platform.SeedInput{
		OrgID: domain.OrgID(o.id), OrgName: "Name of " + slug, OrgSlug: slug,
		Email: "owner@" + mail, FullName: "Owner of " + slug, Password: domain.NewSecret(password),
	})
	require.NoError(t, err)
	o.ids[orgID] = []string{o.id}
	w.in(t, o, func(tx port.OrgTx) {
		owner, err := tx.Users().ByEmail(t.Context(), domain.Email("owner@"+mail))
		require.NoError(t, err)
		o.hash = owner.Password
		settings, err := tx.Org().LockSettings(t.Context())
		require.NoError(t, err)
		settings.SessionTimeoutMinutes = 1440
		require.NoError(t, tx.Org().SaveSettings(t.Context(), settings))
		role := domain.Role{
			ID:          domain.RoleID(uuid.NewString()),
			Name:        custom,
			Description: "Of " + slug,
			Granted:     helpdesk,
			CreatedAt:   w.clock.Now(),
		}
		require.NoError(t, tx.Roles().Insert(t.Context(), role))
		list, err := tx.Roles().List(t.Context())
		require.NoError(t, err)
		for _, role := range list {
			o.ids[roleID] = append(o.ids[roleID], string(role.ID))
		}
	})
	return o
}

func (w *world) in(t *testing.T, o *org, do func(port.OrgTx)) {
	t.Helper()
	require.NoError(t, w.app.Store.InOrg(t.Context(), domain.OrgID(o.id), func(tx port.OrgTx) error {
		do(tx)
		return nil
	}))
}

// newAccount stores an account with a role. The owner exists already.
func (w *world) newAccount(t *testing.T, o *org, role string) *account {
	t.Helper()
	who := &account{name: role, org: o, email: role + "@" + o.domain}
	w.in(t, o, func(tx port.OrgTx) {
		if user, err := tx.Users().ByEmail(t.Context(), domain.Email(who.email)); err == nil {
			who.id = string(user.ID)
			return
		}
		who.id = w.insert(t, tx, o, who.email, role)
	})
	return who
}

func (w *world) insert(t *testing.T, tx port.OrgTx, o *org, email, role string) string {
	t.Helper()
	user, err := domain.NewUser(domain.UserID(uuid.NewString()), domain.Email(email), fmt.Sprintf("The %s of %s", role, o.slug), w.clock.Now())
	require.NoError(t, err)
	user.SetPassword(o.hash, false, w.clock.Now())
	require.NoError(t, tx.Users().Insert(t.Context(), user))
	list, err := tx.Roles().List(t.Context())
	require.NoError(t, err)
	at := slices.IndexFunc(list, func(r domain.Role) bool { return r.Name == role })
	require.NoError(t, tx.Roles().Assign(t.Context(), user.ID, []domain.RoleID{list[at].ID}))
	return string(user.ID)
}

// furnish creates the rows of the org that signing in has not created.
func (w *world) furnish(t *testing.T, o *org) {
	t.Helper()
	owner := o.accounts[0]
	o.ids[invitedID] = []string{w.invite(t, o)}
	w.linkTo(t, o.accounts[2])
	w.newEmailOf(t, o.accounts[2])
	pending := w.insertIn(t, o)
	w.in(t, o, func(tx port.OrgTx) {
		authenticator := domain.Authenticator{
			ID: domain.AuthenticatorID(pending), User: domain.UserID(pending), Kind: domain.FactorTOTP, Secret: "sealed",
		}
		authenticator.Begin("", w.clock.Now())
		require.NoError(t, tx.Authenticators().SavePending(t.Context(), authenticator))
		moved, err := domain.NewUser(domain.UserID(uuid.NewString()), domain.Email("moved@"+o.domain), "Moved", w.clock.Now())
		require.NoError(t, err)
		moved.Password = "$2b$04$Wchb2aiXQIWyE9KVJ7QDO.IvWDi7He62kXNJBZvLEFoDgBbaw8H1e" // of another system, which is counted
		require.NoError(t, tx.Users().Insert(t.Context(), moved))
		require.NoError(t, tx.Attempts().Save(t.Context(), "somebody", domain.Attempts{Failures: 1, WindowEnd: w.clock.Now().Add(time.Hour)}))
	})
	require.NoError(t, w.app.Store.Challenges(w.clock.Now).Put(t.Context(), domain.OrgID(o.id), "hash", domain.Challenge{}, time.Hour))
	w.serviceAccount(t, o) // so that a page of one has a cursor
	service, key := w.serviceAccount(t, o)
	o.ids[serviceID], o.ids[apiKeyID] = []string{service}, []string{key}
	webhook, delivery := w.webhook(t, o)
	o.ids[webhookID], o.ids[deliveryID] = []string{webhook}, []string{delivery}
	o.ids[importID] = []string{w.importRows(t, owner)}
	o.ids[fileID] = []string{w.storeFile(t, owner), w.storeFile(t, owner)}
	var passkey string
	passkey, o.phone = w.addPasskey(t, owner)
	o.ids[passkeyID] = []string{passkey}
	w.addOrigin(t, o)
	w.draw(t, "/org/logo", owner)
	w.draw(t, "/me/avatar", owner)
	o.ids[picturedID] = []string{owner.id}
	_, err := w.app.Sealing().Execute(t.Context())
	require.NoError(t, err)
	events := w.send(t, request{method: "GET", path: "/audit-events?limit=3", token: owner.access}).body["items"].([]any)
	for _, event := range events {
		o.ids[eventID] = append(o.ids[eventID], event.(map[string]any)["id"].(string))
	}
}

// insertIn stores another account of the org, with the role member.
func (w *world) insertIn(t *testing.T, o *org) (id string) {
	t.Helper()
	w.in(t, o, func(tx port.OrgTx) {
		id = w.insert(t, tx, o, "spare-"+uuid.NewString()[:8]+"@"+o.domain, domain.RoleMember)
	})
	return id
}

// serviceAccount stores a service account of the org with a key, of which a token was revoked, and returns the ids of both.
func (w *world) serviceAccount(t *testing.T, o *org) (service, key string) {
	t.Helper()
	service, key = uuid.NewString(), uuid.NewString()
	w.in(t, o, func(tx port.OrgTx) {
		list, err := tx.Roles().List(t.Context())
		require.NoError(t, err)
		at := slices.IndexFunc(list, func(r domain.Role) bool { return r.Name == custom })
		require.NoError(t, tx.ServiceAccounts().Insert(t.Context(), domain.ServiceAccount{
			ID: domain.ServiceAccountID(service), Name: "Job " + service + " of " + o.slug, Status: domain.StatusActive, Roles: list[at : at+1],
			GrantedBy: domain.UserID(o.accounts[0].id), CreatedAt: w.clock.Now(), UpdatedAt: w.clock.Now(), Version: 1,
		}))
		require.NoError(t, tx.APIKeys().Insert(t.Context(), domain.APIKey{
			ID: domain.APIKeyID(key), Account: domain.ServiceAccountID(service), Name: "Key of " + o.slug, Hash: domain.TokenHash("of " + key),
			CreatedBy: domain.UserID(o.accounts[0].id), CreatedAt: w.clock.Now(), ExpiresAt: w.clock.Now().Add(time.Hour),
		}))
		_, err = tx.APIKeys().RevokeToken(t.Context(), uuid.NewString(), w.clock.Now().Add(time.Hour))
		require.NoError(t, err)
	})
	return service, key
}

// invite stores another account of the org, with a pending invitation.
func (w *world) invite(t *testing.T, o *org) string {
	t.Helper()
	id := domain.UserID(uuid.NewString())
	w.in(t, o, func(tx port.OrgTx) {
		user, err := domain.NewUser(id, domain.Email("invited-"+string(id[:8])+"@"+o.domain), "Invited to "+o.slug, w.clock.Now())
		require.NoError(t, err)
		require.NoError(t, tx.Users().Insert(t.Context(), user))
	})
	return string(id)
}

// draw uploads a picture.
func (w *world) draw(t *testing.T, path string, who *account) {
	t.Helper()
	sent := media["multipart/form-data"]
	a := w.send(t, request{method: "PUT", path: path, token: who.access, media: sent.name, body: sent.body})
	require.Equal(t, 200, a.status, a.raw)
}

// storeFile uploads a file and returns its id.
func (w *world) storeFile(t *testing.T, who *account) string {
	t.Helper()
	sent := media["multipart/form-data"]
	return w.send(t, request{method: "POST", path: "/files", token: who.access, media: sent.name, body: sent.body}).text("id")
}

// importRows imports a file that creates no account and returns the id of the import.
func (w *world) importRows(t *testing.T, owner *account) string {
	t.Helper()
	csv := media["text/csv"].body
	id := w.send(t, request{method: "POST", path: "/members/import", token: owner.access, media: "text/csv", body: csv}).text("id")
	require.Eventually(t, func() bool {
		return w.send(t, request{method: "GET", path: "/members/imports/" + id, token: owner.access}).text("status") == "done"
	}, 30*time.Second, 50*time.Millisecond)
	w.in(t, owner.org, func(tx port.OrgTx) { // what an import of another system keeps until the row is settled
		row := domain.ImportRow{
			Line: 100, Email: "waiting@" + owner.org.domain, Status: domain.RowPending,
			Account: &domain.ImportAccount{User: domain.UserID(uuid.NewString())},
		}
		require.NoError(t, tx.Imports().Add(t.Context(), domain.ImportID(id), []domain.ImportRow{row}))
	})
	return id
}

// webhook stores a webhook of the org with deliveries of two events, which are not yet due, and returns the ids of the webhook and of
// a delivery.
func (w *world) webhook(t *testing.T, o *org) (webhook, delivery string) {
	t.Helper()
	webhook = uuid.NewString()
	w.in(t, o, func(tx port.OrgTx) {
		require.NoError(t, tx.Webhooks().Insert(t.Context(), domain.Webhook{
			ID: domain.WebhookID(webhook), URL: "https://example.com/" + o.slug, Events: []domain.EventName{domain.EventOrgUpdated},
			Secret: "sealed", CreatedAt: w.clock.Now(), UpdatedAt: w.clock.Now(), Version: 1,
		}))
		events, err := tx.Audit().List(t.Context(), domain.AuditFilter{}, domain.AuditPlace{}, 2)
		require.NoError(t, err)
		require.Len(t, events, 2)
		delivery = string(events[0].ID)
		for _, e := range events {
			require.NoError(t, tx.Deliveries().Add(t.Context(), domain.WebhookID(webhook), e.ID, e.Name, w.clock.Now().AddDate(1, 0, 0)))
		}
	})
	return webhook, delivery
}
