package isolation

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// kind is the kind of thing that a parameter or a member of a body names.
type kind string

// All kinds. A plain value names nothing of an org.
const (
	plain          kind = ""
	accountID      kind = "account"
	invitedID      kind = "invited account"
	picturedID     kind = "account with an avatar"
	sessionID      kind = "session"
	deviceID       kind = "device"
	passkeyID      kind = "passkey"
	roleID         kind = "role"
	orgID          kind = "org"
	eventID        kind = "event"
	importID       kind = "import"
	fileID         kind = "file"
	serviceID      kind = "service account"
	apiKeyID       kind = "API key"
	webhookID      kind = "webhook"
	deliveryID     kind = "delivery"
	anyID          kind = "any id"
	email          kind = "email"
	listCursor     kind = "cursor"
	refreshToken   kind = "refresh token"
	challengeToken kind = "challenge token"
	passkeyToken   kind = "challenge token of a passkey"
	deviceToken    kind = "device token"
	resetToken     kind = "reset token"
	emailToken     kind = "token of a new address"
	decisionID     kind = "decision"
)

// ofOrgs lists the kinds that every org has.
var ofOrgs = []kind{
	accountID, invitedID, picturedID, sessionID, deviceID, passkeyID, roleID, orgID, eventID, importID, fileID, serviceID, apiKeyID,
	webhookID, deliveryID,
}

// paths gives the kind of an id in a path, by the path up to the id or, if it does not end with an id, by the whole path.
var paths = map[string]kind{
	"/members/{id}/invitation": invitedID,
	"/members/{id}/avatar":     picturedID,

	"/me/sessions/{id}":     sessionID,
	"/me/devices/{id}":      deviceID,
	"/me/passkeys/{id}":     passkeyID,
	"/members/{id}":         accountID,
	"/members/imports/{id}": importID,
	"/decisions/{id}":       decisionID,
	"/files/{id}":           fileID,
	"/orgs/{id}":            orgID,
	"/roles/{id}":           roleID,

	"/service-accounts/{id}":               serviceID,
	"/service-accounts/{id}/keys/{key_id}": apiKeyID,

	"/webhooks/{id}": webhookID,
	"/webhooks/{id}/deliveries/{delivery_id}": deliveryID,
}

// value is the kind of a parameter or a member, and an example of a plain one.
type value struct {
	kind    kind
	example any
}

// queries gives the kinds of query parameters.
var queries = map[string]value{
	"action": {}, "cursor": {kind: listCursor}, "ended": {}, "erase": {}, "format": {example: "ndjson"}, "from": {}, "limit": {}, "q": {},
	"resource_type": {}, "status": {}, "to": {},
	"org":         {example: "acme-inc"}, // public: sign-in pages check whether an org exists
	"actor_id":    {kind: accountID},
	"permission":  {example: "member.read"},
	"account":     {kind: accountID},
	"resource_id": {kind: anyID},
	"role":        {kind: roleID},
	"dry_run":     {}, "invite": {}, "allow_weak": {},
	"POST /members/imports format": {example: "sole"}, "POST /members/imports roles": {}, // the job finds roles of its own org only
}

// queryOf returns the entry of a query parameter of the route.
func queryOf(o *operation, name string) (value, bool) {
	if v, known := queries[o.String()+" "+name]; known {
		return v, true
	}
	v, known := queries[name]
	return v, known
}

// members gives the kinds of the members of bodies, by name, or by route and name. A member without an
// example is not sent.
var members = map[string]value{
	"action": {
		example: "account.update",
	}, "code": {example: "000000"}, "current_password": {example: password}, "default_locale": {example: "en"},
	"full_name": {
		example: "Another Name",
	}, "mfa_required_actions": {example: []string{}}, "name": {example: "Another name"}, "new_password": {example: "another long pass phrase"},
	"url": {example: "https://example.com/hooks"}, "events": {example: []string{"*"}}, "active": {example: true},
	"description": {example: "Another description"}, "permissions": {example: []string{}},
	"password": {example: password}, "recovery_code": {}, "slug": {example: "another-slug"},
	"email":           {kind: email},
	"device_token":    {kind: deviceToken},
	"challenge_token": {kind: challengeToken},
	"refresh_token":   {kind: refreshToken},
	"token":           {kind: resetToken},
	"new_email":       {example: "third@acme.example"},
	"roles":           {kind: roleID, example: []string{domain.RoleMember}},

	// An address can also have an account in another org.
	"POST /members email":       {example: "another@acme.example"},
	"PATCH /members/{id} email": {},
	"PATCH /roles/{id} name":    {example: "A third name"},
	"allowed_networks":          {},

	// Each request would give the same name to another service account.
	"PATCH /service-accounts/{id} name": {},

	"POST /orgs email": {example: "another@acme.example"},

	"POST /auth/email/confirm token":     {kind: emailToken},
	"POST /auth/passkey challenge_token": {kind: passkeyToken},

	// A credential is the answer to one challenge, so that TestAPasskeyOfAnotherOrgIsUnknown sends theirs.
	"kind": {}, "credential": {},
	"POST /auth/passkey credential": {example: anAssertion},
	"POST /me/passkeys credential":  {example: aRegistration},
}

// memberOf returns the entry of a member of the body of a route.
func memberOf(o *operation, name string) (value, bool) {
	if v, known := members[o.String()+" "+name]; known {
		return v, true
	}
	v, known := members[name]
	return v, known
}

// media gives the content type and an example of bodies that are not JSON.
var media = map[string]struct{ name, body string }{
	"image/*":                  {"image/gif", aGIF},
	"text/csv":                 {"text/csv", "email,full_name\nnobody,\n,nobody\n"},
	"application/octet-stream": {"application/octet-stream", `{"email":"nobody"}`},
	"multipart/form-data": {
		"multipart/form-data; boundary=x",
		"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.gif\"\r\n\r\n" + aGIF + "\r\n--x--\r\n",
	},
}

// aGIF is an image with one pixel.
const aGIF = "GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

const (
	nobody      = "00000000-0000-4000-8000-00000000dead"
	nobodysMail = "nobody@nowhere.example"
)

// foreign returns the ids of a kind in the other org, and an id that does not exist. The latter is empty
// if the API answers an unknown token differently from a token of another org.
func (w *world) foreign(t *testing.T, k kind) (ids []string, none string) {
	t.Helper()
	owner := w.theirs.accounts[0]
	switch k {
	case email:
		for _, who := range w.theirs.accounts {
			ids = append(ids, who.email)
		}
		return ids, nobodysMail
	case refreshToken:
		return []string{owner.refresh}, ""
	case deviceToken:
		return []string{owner.device}, "none"
	case challengeToken:
		return []string{w.login(t, owner).text("challenge.token")}, ""
	case passkeyToken:
		options := request{method: "POST", path: "/auth/passkey/options", org: w.theirs.id}
		return []string{w.send(t, options).text("challenge_token")}, ""
	case decisionID:
		return []string{w.login(t, owner).text("decision_id")}, "none"
	case resetToken:
		return []string{w.linkTo(t, w.theirs.accounts[1])}, ""
	case emailToken:
		return []string{w.newEmailOf(t, w.theirs.accounts[1])}, ""
	default:
	}
	for _, other := range ofOrgs {
		own := w.theirs.ids[other]
		require.NotEmpty(t, own, "they have no %s", other)
		if k != other && k != anyID {
			own = own[:1] // an id of another kind
		}
		ids = append(ids, own...)
	}
	return ids, nobody
}

// linkTo stores a password reset link of the account and returns its token.
func (w *world) linkTo(t *testing.T, who *account) string {
	t.Helper()
	token := opaque.New("pr").New(domain.OrgID(who.org.id))
	w.in(t, who.org, func(tx port.OrgTx) {
		require.NoError(t, tx.Links().Put(t.Context(), domain.Link{
			User: domain.UserID(who.id), Purpose: domain.LinkPasswordReset, Hash: token.Hash, ExpiresAt: w.clock.Now().Add(domain.PasswordResetTTL),
		}))
	})
	return token.Secret.Reveal()
}

// newEmailOf stores a requested new address of the account and returns the token of the link.
func (w *world) newEmailOf(t *testing.T, who *account) string {
	t.Helper()
	token := opaque.New("ec").New(domain.OrgID(who.org.id))
	w.in(t, who.org, func(tx port.OrgTx) {
		live, err := tx.Sessions().Live(t.Context(), domain.UserID(who.id), w.clock.Now())
		require.NoError(t, err)
		require.NoError(t, tx.EmailChanges().Put(t.Context(), domain.EmailChange{
			User: domain.UserID(who.id), Session: live[0].ID, Email: domain.Email("new-" + who.email), Hash: token.Hash,
			ExpiresAt: w.clock.Now().Add(domain.EmailChangeTTL),
		}))
	})
	return token.Secret.Reveal()
}

// own creates something of a kind for an account of our org, or for our org.
func (w *world) own(t *testing.T, k kind, of account) string {
	t.Helper()
	switch k {
	case accountID:
		return w.insertIn(t, w.ours)
	case invitedID:
		return w.invite(t, w.ours)
	case picturedID:
		who := w.enrolled(t)
		w.draw(t, "/me/avatar", who)
		return who.id
	case sessionID:
		w.clock.NextCode()
		session, _ := w.signIn(t, &of)
		return session
	case deviceID:
		w.clock.NextCode()
		_, device := w.signIn(t, &of)
		return device
	case passkeyID:
		id, _ := w.addPasskey(t, &of)
		return id
	case roleID:
		id := uuid.NewString()
		w.in(t, w.ours, func(tx port.OrgTx) {
			require.NoError(t, tx.Roles().Insert(t.Context(), domain.Role{ID: domain.RoleID(id), Name: id, CreatedAt: w.clock.Now()}))
		})
		return id
	case fileID:
		return w.storeFile(t, w.ours.accounts[0])
	case serviceID:
		service, _ := w.serviceAccount(t, w.ours)
		return service
	case apiKeyID:
		_, key := w.serviceAccount(t, w.ours)
		return key
	case webhookID:
		webhook, _ := w.webhook(t, w.ours)
		return webhook
	case deliveryID:
		_, delivery := w.webhook(t, w.ours)
		return delivery
	case eventID, importID:
		return w.ours.ids[k][0]
	default:
	}
	t.Fatalf("own: say how to make something of the kind %q", k)
	return ""
}

// pair creates something of our org that belongs to something else, and returns the ids of both.
func (w *world) pair(t *testing.T, inner kind) (string, string) {
	t.Helper()
	if inner == apiKeyID {
		return w.serviceAccount(t, w.ours)
	}
	require.Equal(t, deliveryID, inner, "pair: say how to make it")
	return w.webhook(t, w.ours)
}

// slot is a place in the requests of a route that takes an id or another value.
type slot struct {
	in   string // path, query or body
	name string
	kind kind
}

func pathKind(o *operation, name string) (kind, bool) {
	if k, known := paths[o.Path]; known && !strings.HasSuffix(o.Path, "}") {
		return k, true
	}
	prefix, _, _ := strings.Cut(o.Path, "{"+name+"}")
	k, known := paths[prefix+"{"+name+"}"]
	return k, known
}

var pathParameter = regexp.MustCompile(`{(\w+)}`)

// slots returns the slots of a route. It fails the test for one that the tables above do not list.
func (d document) slots(t *testing.T, o *operation) (list []slot) {
	t.Helper()
	for _, name := range pathParameter.FindAllStringSubmatch(o.Path, -1) {
		if !slices.Contains(o.Parameters, parameter{Name: name[1], In: "path", Required: true}) {
			t.Errorf("%s does not describe the parameter %q of its path", o, name[1])
		}
	}
	for _, p := range o.Parameters {
		known, k := true, plain
		switch p.In {
		case "path":
			k, known = pathKind(o, p.Name)
		case "query":
			var v value
			v, known = queryOf(o, p.Name)
			k = v.kind
		case "header":
			known = slices.Contains([]string{"X-Step-Up-Token", "If-Match", "X-Org-Id", "Import-Parameters"}, p.Name)
		}
		if !known {
			t.Errorf("%s: say in ids_test.go what its %s parameter %q names", o, p.In, p.Name)
		}
		if k != plain {
			list = append(list, slot{in: p.In, name: p.Name, kind: k})
		}
	}
	for name := range o.Body.Content {
		if _, known := media[name]; !known && name != "application/json" {
			t.Errorf("%s: say in ids_test.go what to send as %s", o, name)
		}
	}
	return append(list, d.bodySlots(t, o, o.Body.Content["application/json"].Schema)...)
}

func (d document) bodySlots(t *testing.T, o *operation, s schema) (list []slot) {
	t.Helper()
	for name, member := range d.resolve(s).Properties {
		member = d.resolve(member)
		if len(member.Properties) > 0 {
			list = append(list, d.bodySlots(t, o, member)...)
			continue
		}
		if typeOf(member) == "boolean" || typeOf(member) == "integer" || len(member.Enum) > 0 {
			continue
		}
		v, known := memberOf(o, name)
		if !known {
			t.Errorf("%s: say in ids_test.go what the member %q of its body names", o, name)
		}
		if v.kind != plain {
			list = append(list, slot{in: "body", name: name, kind: v.kind})
		}
	}
	return list
}

func (d document) resolve(s schema) schema {
	if name, found := strings.CutPrefix(s.Ref, "#/components/schemas/"); found {
		return d.schemas[name]
	}
	if s.Items != nil && typeOf(s) == "array" && len(s.Properties) == 0 {
		if item := d.resolve(*s.Items); len(item.Properties) > 0 {
			s.Properties = item.Properties // the members of each element
		}
	}
	return s
}

// typeOf returns the type of a value, without null.
func typeOf(s schema) string {
	if list, several := s.Type.([]any); several {
		for _, name := range list {
			if name != "null" {
				return name.(string)
			}
		}
	}
	name, _ := s.Type.(string)
	return name
}
