package accountfile

import (
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// django reads the accounts of Django: what dumpdata writes as JSON or JSONL, or a CSV file with the columns of the table.
type django struct{ hashes }

type djangoRecord struct {
	Model  string      `json:"model"`
	Fields *djangoUser `json:"fields"`
}

// djangoUser are the fields of an account. Texts that are nil are not fields of the model.
type djangoUser struct {
	Email     *string          `json:"email"`
	Password  *string          `json:"password"`
	Username  string           `json:"username"`
	FirstName string           `json:"first_name"`
	LastName  string           `json:"last_name"`
	FullName  string           `json:"full_name"`
	Name      string           `json:"name"`
	Active    *bool            `json:"is_active"`
	Staff     bool             `json:"is_staff"`
	Super     bool             `json:"is_superuser"`
	Joined    string           `json:"date_joined"`
	LastLogin string           `json:"last_login"`
	Groups    []jsontext.Value `json:"groups"`
}

func (d django) read(file io.Reader) accounts {
	return readEither(file, func(t *text) accounts {
		return readRows(namedTable(t, "email", "password"))(d.rowAccount)
	}, func(t *text) accounts { return readRecords(newRecords(t), d.users, d.account) })
}

// users yields the records that are accounts: a dump may also have records of other models.
func (d django) users(r *records) recordSequence {
	return func(yield func(jsontext.Value, error) bool) {
		for record, err := range r.listed() {
			if err == nil && d.isOther(record) {
				continue
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// isOther reports whether a record is of a model without passwords.
func (d django) isOther(record jsontext.Value) bool {
	var one struct {
		Model  string                    `json:"model"`
		Fields map[string]jsontext.Value `json:"fields"`
	}
	if parse(record, &one) != nil || one.Model == "" {
		return false
	}
	_, has := one.Fields["password"]
	return !has
}

func (d django) account(a *account, record jsontext.Value) {
	var r djangoRecord
	if fault := parse(record, &r); fault != nil {
		a.refuse(fault.Field, fault.Message)
		return
	}
	if r.Model == "" || r.Fields == nil {
		a.refuse("row", "must have the members model and fields, as dumpdata writes them")
		return
	}
	d.describe(a, r.Fields)
}

func (d django) describe(a *account, u *djangoUser) {
	a.setEmail(textOf(u.Email))
	a.setName(u.FirstName+" "+u.LastName, u.FullName, u.Name, u.Username)
	a.setTimeText("date_joined", &a.CreatedAt, u.Joined)
	a.setTimeText("last_login", &a.LastSignInAt, u.LastLogin)
	a.Suspended = u.Active != nil && !*u.Active
	if password := textOf(u.Password); password != "" && password[0] != '!' {
		d.hashes.read(a, "password", password)
	}
	if u.Super {
		a.leave("was a superuser, which is left behind: assign roles of the org")
	}
	if u.Staff {
		a.leave("was staff, which is left behind: assign roles of the org")
	}
	d.groups(a, u.Groups)
}

// groups are lists of one name, if the dump was made with natural keys, and otherwise numbers.
func (d django) groups(a *account, groups []jsontext.Value) {
	for _, group := range groups {
		a.ForeignRoles = append(a.ForeignRoles, namesIn(group)...)
	}
	if len(groups) > 0 && len(a.ForeignRoles) == 0 {
		a.leave("is in groups that the file names only by numbers: dump with --natural-foreign to map them to roles")
	}
}

func textOf(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func (d django) rowAccount(a *account, r row) {
	email, password := r.value("email"), r.value("password")
	u := djangoUser{
		Email: &email, Password: &password, Username: r.get("username"), FirstName: r.get("first_name"), LastName: r.get("last_name"),
		FullName: r.get("full_name"), Name: r.get("name"), Staff: r.truth("is_staff"), Super: r.truth("is_superuser"),
		Joined: r.value("date_joined"), LastLogin: r.value("last_login"),
	}
	if active := strings.ToLower(r.value("is_active")); active != "" {
		yes := r.truth("is_active")
		u.Active = &yes
	}
	d.describe(a, &u)
}
