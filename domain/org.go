package domain

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Status is the standing of an org or an account.
type Status string

// An org or account is active until someone suspends it.
const (
	StatusActive    Status = "active"
	StatusSuspended Status = "suspended"
)

// Org is a tenant: the boundary of identity.
type Org struct {
	ID        OrgID
	Name      string
	Slug      Slug
	Status    Status
	Platform  bool // the operators' org: its owners may hold platform permissions
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64
}

// NewOrg makes an active org. The name is 1 to 200 characters without control characters.
func NewOrg(id OrgID, name string, slug Slug, now time.Time) (Org, error) {
	name, err := parseName("body.name", name)
	if err != nil {
		return Org{}, err
	}
	return Org{ID: id, Name: name, Slug: slug, Status: StatusActive, CreatedAt: now, UpdatedAt: now, Version: 1}, nil
}

// Active tells whether the org may be used at all.
func (o Org) Active() bool { return o.Status == StatusActive }

// Slug is an org's name in URLs and headers.
type Slug string

// ParseSlug accepts 2 to 63 lower-case letters, digits and inner hyphens: one DNS
// label (RFC 1035 §2.3.1). A slug never has the form of an id, so the two cannot collide.
func ParseSlug(raw string) (Slug, error) {
	ok := len(raw) >= 2 && len(raw) <= 63 && raw[0] != '-' && raw[len(raw)-1] != '-' && !IsID(raw)
	for _, c := range []byte(raw) {
		ok = ok && (isAlphanumeric(c) || c == '-') && (c < 'A' || c > 'Z')
	}
	if !ok {
		return "", Invalid("body.slug", "must be 2 to 63 lower-case letters, digits or inner hyphens, and not an id")
	}
	return Slug(raw), nil
}

// parseName trims and checks a name meant for people.
func parseName(location, raw string) (string, error) {
	name := strings.TrimSpace(raw)
	if name == "" || utf8.RuneCountInString(name) > 200 || strings.ContainsFunc(name, isControl) {
		return "", Invalid(location, "must be 1 to 200 characters without control characters")
	}
	return name, nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }
