package accountfile

import (
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/sole-platform/sole/domain"
)

// auth0 reads the users of Auth0: exported profiles, exported password hashes, and files for a bulk import.
type auth0 struct{ hashes }

type auth0User struct {
	Email         string        `json:"email"`
	EmailVerified bool          `json:"email_verified"`
	Username      string        `json:"username"`
	Name          string        `json:"name"`
	GivenName     string        `json:"given_name"`
	FamilyName    string        `json:"family_name"`
	Nickname      string        `json:"nickname"`
	Blocked       bool          `json:"blocked"`
	CreatedAt     auth0Time     `json:"created_at"`
	LastLogin     auth0Time     `json:"last_login"`
	PasswordHash  string        `json:"password_hash"`
	ExportedHash  string        `json:"passwordHash"` // in the file of password hashes that Auth0 exports on request
	CustomHash    *auth0Hash    `json:"custom_password_hash"`
	Factors       []auth0Factor `json:"mfa_factors"`
	Identities    []struct {
		Provider string `json:"provider"`
	} `json:"identities"`
	Metadata struct {
		Roles jsontext.Value `json:"roles"`
		Role  jsontext.Value `json:"role"`
	} `json:"app_metadata"`
}

// auth0Factor is a second factor of one kind.
type auth0Factor struct {
	TOTP *struct {
		Secret string `json:"secret"`
	} `json:"totp"`
}

// auth0Time is a time, written as a text or as {"$date": text}.
type auth0Time struct{ text string }

// UnmarshalJSON reads both forms.
func (t *auth0Time) UnmarshalJSON(value []byte) error {
	if jsontext.Value(value).Kind() != '{' {
		return json.Unmarshal(value, &t.text)
	}
	var wrapped struct {
		Date string `json:"$date"`
	}
	err := json.Unmarshal(value, &wrapped)
	t.text = wrapped.Date
	return err
}

func (f auth0) read(file io.Reader) accounts { return readJSON(file, (*records).listed, f.account) }

func (f auth0) account(a *account, record jsontext.Value) {
	var u auth0User
	if fault := parse(record, &u); fault != nil {
		a.refuse(fault.Field, fault.Message)
		return
	}
	a.setEmail(u.Email)
	a.setName(u.namedBy(u.Name), u.GivenName+" "+u.FamilyName, u.namedBy(u.Nickname), u.namedBy(u.Username))
	a.setTimeText("created_at", &a.CreatedAt, u.CreatedAt.text)
	a.setTimeText("last_login", &a.LastSignInAt, u.LastLogin.text)
	a.Suspended = u.Blocked
	f.password(a, &u)
	for i, factor := range u.Factors {
		if factor.TOTP == nil {
			a.leave("its second factor %d is left behind: it is no authenticator app", i+1)
			continue
		}
		a.setTOTP(fmt.Sprintf("mfa_factors[%d].totp.secret", i), factor.TOTP.Secret)
	}
	u.notes(a)
}

// namedBy returns a name, unless it is the address: Auth0 uses the address as the name of accounts without one.
func (u *auth0User) namedBy(name string) string {
	if strings.EqualFold(name, u.Email) {
		return ""
	}
	return name
}

func (u *auth0User) notes(a *account) {
	if !u.EmailVerified {
		a.leave("its email address was not verified")
	}
	var providers []string
	for _, identity := range u.Identities {
		if identity.Provider != "auth0" {
			providers = append(providers, identity.Provider)
		}
	}
	a.leaveNamed("the links to the identity providers %s are left behind", providers)
	a.ForeignRoles = append(namesIn(u.Metadata.Roles), namesIn(u.Metadata.Role)...)
}

// namesIn returns the strings in a JSON value that is a string or an array of strings.
func namesIn(value jsontext.Value) []string {
	var one string
	var many []string
	switch {
	case value.Kind() == '"' && json.Unmarshal(value, &one) == nil:
		return []string{one}
	case value.Kind() == '[' && json.Unmarshal(value, &many) == nil:
		return many
	}
	return nil
}

func (f auth0) password(a *account, u *auth0User) {
	given := 0
	for _, there := range []bool{u.PasswordHash != "", u.ExportedHash != "", u.CustomHash != nil} {
		if there {
			given++
		}
	}
	switch {
	case given > 1:
		a.refuse("password_hash", "must be the only hash: remove custom_password_hash or passwordHash")
	case u.PasswordHash != "":
		f.bcrypt(a, "password_hash", u.PasswordHash)
	case u.ExportedHash != "":
		f.bcrypt(a, "passwordHash", u.ExportedHash)
	case u.CustomHash != nil:
		hash, fault := u.CustomHash.imported()
		if fault != nil {
			a.refuse("custom_password_hash."+fault.Field, fault.Message)
			return
		}
		f.set(a, "custom_password_hash", hash, nil)
	}
}

func (f auth0) bcrypt(a *account, field, text string) {
	hash, err := domain.ReadHash(text)
	if err != nil || hash.Scheme != domain.SchemeBcrypt {
		a.refuse(field, "must be a hash of bcrypt, such as $2b$10$...")
		return
	}
	f.set(a, field, hash, nil)
}
