package accountfile

import (
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sole-platform/sole/domain"
)

// firebase reads what firebase auth:export writes, as JSON or CSV.
type firebase struct {
	hashes
	project domain.FirebaseParameters
}

type firebaseUser struct {
	LocalID          string `json:"localId"`
	Email            string `json:"email"`
	EmailVerified    bool   `json:"emailVerified"`
	PasswordHash     string `json:"passwordHash"`
	Salt             string `json:"salt"`
	DisplayName      string `json:"displayName"`
	Disabled         bool   `json:"disabled"`
	CreatedAt        millis `json:"createdAt"`
	LastSignedInAt   millis `json:"lastSignedInAt"`
	PhoneNumber      string `json:"phoneNumber"`
	CustomAttributes string `json:"customAttributes"`
	Providers        []struct {
		ID string `json:"providerId"`
	} `json:"providerUserInfo"`
	Factors []jsontext.Value `json:"mfaInfo"`
}

func (f firebase) read(file io.Reader) accounts {
	users := func(r *records) recordSequence { return r.under("users") }
	return readEither(file, func(t *text) accounts {
		return readRows(firebaseTable(t), nil)(f.rowAccount)
	}, func(t *text) accounts { return readRecords(newRecords(t), users, f.account) })
}

func (f firebase) account(a *account, record jsontext.Value) {
	var u firebaseUser
	if fault := parse(record, &u); fault != nil {
		a.refuse(fault.Field, fault.Message)
		return
	}
	f.describe(a, &u)
}

func (f firebase) describe(a *account, u *firebaseUser) {
	if u.Email == "" && u.PhoneNumber != "" {
		a.refuse("email", "must be there: accounts sign in with their email address, and this one only has a telephone number")
	} else {
		a.setEmail(u.Email)
	}
	a.setName(u.DisplayName)
	a.setTime("createdAt", &a.CreatedAt, u.CreatedAt.Time)
	a.setTime("lastSignedInAt", &a.LastSignInAt, u.LastSignedInAt.Time)
	a.Suspended = u.Disabled
	f.password(a, u)
	if !u.EmailVerified {
		a.leave("its email address was not verified")
	}
	var providers []string
	for _, provider := range u.Providers {
		if provider.ID != "password" && provider.ID != "phone" {
			providers = append(providers, provider.ID)
		}
	}
	a.leaveNamed("the links to the identity providers %s are left behind", providers)
	if len(u.Factors) > 0 {
		a.leave("its second factors are left behind: Firebase does not export their secrets")
	}
	if u.PhoneNumber != "" && u.Email != "" {
		a.leave("its telephone number is left behind")
	}
	if u.CustomAttributes != "" && u.CustomAttributes != "{}" {
		a.leave("its custom claims are left behind")
	}
}

func (f firebase) password(a *account, u *firebaseUser) {
	if u.PasswordHash == "" {
		return // it never had one, or one that was imported into Firebase and not used since
	}
	salt, err := base64Of(u.Salt)
	if err != nil || len(salt) == 0 {
		a.refuse("salt", "must be the salt of the password in base64: hashes without one are not of Firebase's own algorithm"+withoutIt)
		return
	}
	key, err := base64Of(u.PasswordHash)
	if err != nil {
		a.refuse("passwordHash", "must be in base64")
		return
	}
	hash, err := domain.FirebaseHash(f.project, salt, key)
	f.set(a, "passwordHash", hash, err)
}

// The columns of the CSV file, which has no line with names. Custom claims are a column only where there are some, and a
// comma ends each line.
const (
	firebaseEmail         = 1
	firebaseVerified      = 2
	firebaseHash          = 3
	firebaseSalt          = 4
	firebaseName          = 5
	firebaseCreatedAt     = 23
	firebaseSignedInAt    = 24
	firebasePhone         = 25
	firebaseDisabled      = 26
	firebaseColumns       = 27
	firebaseClaims        = 27
	firebaseFirstProvider = 7
)

// firebaseProviders are the providers that have four columns each, from firebaseFirstProvider on.
var firebaseProviders = []string{"google.com", "facebook.com", "twitter.com", "github.com"}

// firebaseTable opens the CSV file. Firebase puts fields with commas into quotation marks, but does not double those that
// are in them.
func firebaseTable(t *text) *table {
	table := newTable(t)
	table.reader.LazyQuotes = true
	return table
}

func (f firebase) rowAccount(a *account, r row) {
	if len(r.fields) < firebaseColumns || len(r.fields) > firebaseColumns+2 {
		a.refuse("row", fmt.Sprintf("must have %d fields, as firebase auth:export writes them; it has %d", firebaseColumns, len(r.fields)))
		return
	}
	u := firebaseUser{
		Email: r.at(firebaseEmail), EmailVerified: r.at(firebaseVerified) == "true", PasswordHash: r.at(firebaseHash), Salt: r.at(firebaseSalt),
		DisplayName: r.at(firebaseName), PhoneNumber: r.at(firebasePhone), Disabled: r.at(firebaseDisabled) == "true",
		CustomAttributes: r.at(firebaseClaims),
	}
	for i, provider := range firebaseProviders {
		if r.at(firebaseFirstProvider+4*i) != "" {
			u.Providers = append(u.Providers, struct {
				ID string `json:"providerId"`
			}{provider})
		}
	}
	for at, of := range map[int]*millis{firebaseCreatedAt: &u.CreatedAt, firebaseSignedInAt: &u.LastSignedInAt} {
		if of.UnmarshalJSON([]byte(r.at(at))) != nil {
			a.refuse("row", fmt.Sprintf("must have a time in milliseconds as field %d", at+1))
		}
	}
	f.describe(a, &u)
}
