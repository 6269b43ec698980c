package accountfile

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sole-platform/sole/domain"
)

// keycloak reads the realm of an export of Keycloak, or a file with the users of a realm.
type keycloak struct{ hashes }

type keycloakUser struct {
	Username            string               `json:"username"`
	Email               string               `json:"email"`
	FirstName           string               `json:"firstName"`
	LastName            string               `json:"lastName"`
	Enabled             bool                 `json:"enabled"`
	EmailVerified       bool                 `json:"emailVerified"`
	CreatedTimestamp    millis               `json:"createdTimestamp"`
	Credentials         []keycloakCredential `json:"credentials"`
	RequiredActions     []string             `json:"requiredActions"`
	RealmRoles          []string             `json:"realmRoles"`
	ClientRoles         map[string][]string  `json:"clientRoles"`
	Groups              []string             `json:"groups"`
	FederationLink      string               `json:"federationLink"`
	FederatedIdentities []struct {
		IdentityProvider string `json:"identityProvider"`
	} `json:"federatedIdentities"`
	ServiceAccount string `json:"serviceAccountClientId"`
}

func (k keycloak) read(file io.Reader) accounts {
	return readJSON(file, func(r *records) recordSequence {
		if r.kind() == '[' {
			return r.failed(domain.Invalid("", "must be one realm: export one with --realm NAME"))
		}
		return r.under("users")
	}, k.account)
}

func (k keycloak) account(a *account, record jsontext.Value) {
	var u keycloakUser
	if fault := parse(record, &u); fault != nil {
		a.refuse(fault.Field, fault.Message)
		return
	}
	if u.ServiceAccount != "" {
		const rule = "is set, so this is not a person but the service account of a client: create a service account instead"
		a.refuse("serviceAccountClientId", rule)
		return
	}
	a.setEmail(u.Email)
	a.setName(u.FirstName+" "+u.LastName, u.Username)
	a.setTime("createdTimestamp", &a.CreatedAt, u.CreatedTimestamp.Time)
	a.Suspended = !u.Enabled
	k.credentials(a, u.Credentials)
	u.actions(a)
	u.links(a)
	u.roles(a)
}

// actions are what Keycloak asks of the account at its next sign-in.
func (u *keycloakUser) actions(a *account) {
	var others []string
	for _, action := range u.RequiredActions {
		if action == "UPDATE_PASSWORD" {
			a.MustChangePassword = true
		} else {
			others = append(others, action)
		}
	}
	a.leaveNamed("the required actions %s are left behind", others)
	if !u.EmailVerified {
		a.leave("its email address was not verified")
	}
}

// links are to identities elsewhere.
func (u *keycloakUser) links(a *account) {
	if u.FederationLink != "" {
		a.leave("comes from a user federation such as LDAP: what is stored there is left behind, usually also the password")
	}
	var providers []string
	for _, identity := range u.FederatedIdentities {
		providers = append(providers, identity.IdentityProvider)
	}
	a.leaveNamed("the links to the identity providers %s are left behind", providers)
}

// roles are those that Keycloak does not give to everyone, and the groups.
func (u *keycloakUser) roles(a *account) {
	roles := slices.DeleteFunc(u.RealmRoles, func(role string) bool {
		return role == "offline_access" || role == "uma_authorization" || strings.HasPrefix(role, "default-roles-")
	})
	for _, client := range slices.Sorted(maps.Keys(u.ClientRoles)) {
		if client == "account" {
			continue
		}
		for _, role := range u.ClientRoles[client] {
			roles = append(roles, client+"/"+role)
		}
	}
	a.ForeignRoles = append(roles, u.Groups...)
}
