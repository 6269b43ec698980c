package domain

import (
	"strings"
	"time"
)

// Status is the standing of an org or an account.
type Status string

// An org or account is active until someone suspends it.
const (
	StatusActive    Status = "active"
	StatusSuspended Status = "suspended"
	StatusInvited   Status = "invited" // never stored: an account that has yet to set its first password
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

// NewOrg makes an active org. The name is 1 to 200 visible characters.
func NewOrg(id OrgID, name string, slug Slug, now time.Time) (Org, error) {
	name, err := parseName("body.name", name)
	if err != nil {
		return Org{}, err
	}
	return Org{ID: id, Name: name, Slug: slug, Status: StatusActive, CreatedAt: now, UpdatedAt: now, Version: 1}, nil
}

// Active tells whether the org may be used at all.
func (o Org) Active() bool { return o.Status == StatusActive }

// OrgChange names what is to be another value; nil leaves it as it is.
type OrgChange struct{ Name, Slug *string }

// Changed returns the org with the change made and checked. One that changes nothing
// gives the org as it was.
func (o Org) Changed(change OrgChange, now time.Time) (Org, error) {
	next := o
	if change.Name != nil {
		name, err := parseName("body.name", *change.Name)
		if err != nil {
			return o, err
		}
		next.Name = name
	}
	if change.Slug != nil {
		slug, err := ParseSlug(*change.Slug)
		if err != nil {
			return o, err
		}
		next.Slug = slug
	}
	if next != o {
		next.UpdatedAt = now
	}
	return next, nil
}

// Differences lists the members whose values differ, as "before -> after", by name.
func (o Org) Differences(next Org) map[string]string {
	differences := map[string]string{}
	for name, value := range map[string][2]string{"name": {o.Name, next.Name}, "slug": {string(o.Slug), string(next.Slug)}, "status": {string(o.Status), string(next.Status)}} {
		if value[0] != value[1] {
			differences[name] = Difference(value[0], value[1])
		}
	}
	return differences
}

// Suspend closes the org to all its accounts, at once. The operators' own org is refused
// with ErrPlatformOrg: nobody could open it again.
func (o *Org) Suspend(now time.Time) error {
	if o.Platform {
		return ErrPlatformOrg
	}
	o.stand(StatusSuspended, now)
	return nil
}

// Activate opens the org again; accounts and sessions are as they were.
func (o *Org) Activate(now time.Time) { o.stand(StatusActive, now) }

func (o *Org) stand(status Status, now time.Time) {
	if o.Status != status {
		o.Status, o.UpdatedAt = status, now
	}
}

// OrgFilter says which orgs a list is about; the zero filter takes all.
type OrgFilter struct {
	Text   string // a part of the name or the slug, whatever its letter case
	Status Status
}

// Check refuses what no org could match.
func (f OrgFilter) Check() error {
	switch {
	case !isSearchable(f.Text):
		return Invalid("query.q", "must be at most 200 characters without control characters")
	case f.Status != "" && f.Status != StatusActive && f.Status != StatusSuspended:
		return Invalid("query.status", "must be active or suspended")
	}
	return nil
}

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

// OrgReference returns the canonical form of an org's id or slug as somebody typed it. Both are
// in lower case.
func OrgReference(typed string) string { return strings.ToLower(strings.TrimSpace(typed)) }
