package accountfile

import (
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// supabase reads a CSV file of the table auth.users, with any of its columns in any order.
type supabase struct {
	hashes
	now port.Clock
}

func (s supabase) read(file io.Reader) accounts {
	return readTable(file, s.account, "email", "encrypted_password")
}

func (s supabase) account(a *account, r row) {
	a.setEmail(r.value("email"))
	var of struct {
		FullName string `json:"full_name"`
		Name     string `json:"name"`
		UserName string `json:"user_name"`
	}
	r.json(a, "raw_user_meta_data", &of)
	a.setName(of.FullName, of.Name, of.UserName)
	a.setTimeText("created_at", &a.CreatedAt, r.value("created_at"))
	a.setTimeText("last_sign_in_at", &a.LastSignInAt, r.value("last_sign_in_at"))
	s.state(a, r)
	switch hash := r.value("encrypted_password"); {
	case hash == "":
	case strings.HasPrefix(hash, "$fbscrypt$"):
		imported, err := supabaseFirebaseHash(hash)
		s.set(a, "encrypted_password", imported, err)
	default:
		s.hashes.read(a, "encrypted_password", hash)
	}
	if secret := r.value("totp_secret"); secret != "" {
		a.setTOTP("totp_secret", secret)
		a.setTimeText("totp_created_at", &a.TOTPEnrolledAt, r.value("totp_created_at"))
	}
	s.notes(a, r)
}

// state refuses what is no account any more, and suspends accounts that are banned now.
func (s supabase) state(a *account, r row) {
	if r.value("deleted_at") != "" {
		a.refuse("deleted_at", "is set: the account was deleted")
	}
	if r.truth("is_anonymous") {
		a.refuse("is_anonymous", "is set: nobody can sign in to the account")
	}
	switch until := r.value("banned_until"); until {
	case "", "-infinity":
	case "infinity":
		a.Suspended = true
	default:
		end, err := timeOf(until)
		if err != nil {
			a.refuse("banned_until", "must be a time such as 2026-01-31 12:00:00+00")
			return
		}
		if a.Suspended = end.After(s.now()); a.Suspended && end.Before(latest) {
			a.leave("is banned for a time: it stays suspended until it is activated")
		}
	}
}

func (s supabase) notes(a *account, r row) {
	if r.value("email_confirmed_at") == "" {
		a.leave("its email address was not confirmed")
	}
	if r.truth("is_sso_user") {
		a.leave("signed in by SSO, which is left behind")
	}
	if r.truth("is_super_admin") {
		a.leave("was a super administrator, which is left behind: assign roles of the org")
	}
	if r.value("phone") != "" {
		a.leave("its telephone number is left behind")
	}
	var of struct {
		Providers []string `json:"providers"`
	}
	r.json(a, "raw_app_meta_data", &of)
	var providers []string
	for _, provider := range of.Providers {
		if provider != "email" && provider != "phone" {
			providers = append(providers, provider)
		}
	}
	a.leaveNamed("the links to the identity providers %s are left behind", providers)
}

// json reads the members of an object that are needed. A text that is none is refused; members of other types are ignored.
func (r row) json(a *account, column string, into any) {
	value := r.value(column)
	if value == "" {
		return
	}
	var object map[string]any
	if json.Unmarshal([]byte(value), &object) != nil {
		a.refuse(column, "must be a JSON object")
		return
	}
	_ = json.Unmarshal([]byte(value), into)
}

// supabaseFirebaseHash reads a hash that was imported from Firebase: $fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=...$salt$hash.
func supabaseFirebaseHash(text string) (domain.ImportedHash, error) {
	malformed := domain.Invalid("", "must be like $fbscrypt$v=1,n=14,r=8,p=1,ss=...,sk=...$salt$hash")
	parts := strings.Split(text, "$")
	if len(parts) != 5 {
		return domain.ImportedHash{}, malformed
	}
	values := map[string]string{}
	for parameter := range strings.SplitSeq(parts[2], ",") {
		name, value, _ := strings.Cut(parameter, "=")
		values[name] = value
	}
	var bad [6]error
	var project domain.FirebaseParameters
	project.MemoryCost, bad[0] = strconv.Atoi(values["n"])
	project.Rounds, bad[1] = strconv.Atoi(values["r"])
	project.SaltSeparator, bad[2] = base64Of(values["ss"])
	project.SignerKey, bad[3] = base64Of(values["sk"])
	salt, noSalt := base64Of(parts[3])
	key, noKey := base64Of(parts[4])
	bad[4], bad[5] = noSalt, noKey
	for _, err := range bad {
		if err != nil {
			return domain.ImportedHash{}, malformed
		}
	}
	if values["v"] != "1" || values["p"] != "1" {
		return domain.ImportedHash{}, malformed
	}
	return domain.FirebaseHash(project, salt, key)
}
