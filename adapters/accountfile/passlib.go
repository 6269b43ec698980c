package accountfile

import (
	"io"
	"strings"
)

// passlib reads a CSV file with the columns email, full_name, hash and optionally roles, whose hashes are those of passlib.
type passlib struct{ hashes }

func (p passlib) read(file io.Reader) accounts {
	return readTable(file, p.account, "email", "full_name", "hash")
}

func (p passlib) account(a *account, r row) {
	a.setEmail(r.value("email"))
	a.setName(r.get("full_name"))
	a.Roles = strings.FieldsFunc(r.get("roles"), func(c rune) bool { return strings.ContainsRune(" ,;|", c) })
	if hash := r.value("hash"); hash != "" && hash != "*" && hash[0] != '!' {
		p.hashes.read(a, "hash", hash)
	}
}
