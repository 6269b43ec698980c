package domain

import (
	"strings"
	"time"
)

// Status is the status of an org or an account.
type Status string

// The statuses.
const (
	StatusActive    Status = "active"
	StatusSuspended Status = "suspended"
	StatusInvited   Status = "invited" // never stored; shown for an account that has no password yet
)

// Org is an organisation, the tenant of this service: every account belongs to exactly one.
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

// NewOrg returns an active org. The name must have 1 to 200 visible characters.
func NewOrg(id OrgID, name string, slug Slug, now time.Time) (Org, error) {
	name, err := parseName("name", name)
	if err != nil {
		return Org{}, err
	}
	return Org{ID: id, Name: name, Slug: slug, Status: StatusActive, CreatedAt: now, UpdatedAt: now, Version: 1}, nil
}

// Active reports whether the org is not suspended.
func (o Org) Active() bool { return o.Status == StatusActive }

// OrgChange holds the new values of an org. A nil field leaves the value unchanged.
type OrgChange struct{ Name, Slug *string }

// Changed returns the org with the change applied, or ErrInvalid. UpdatedAt stays if nothing changes.
func (o Org) Changed(change OrgChange, now time.Time) (Org, error) {
	next := o
	if change.Name != nil {
		name, err := parseName("name", *change.Name)
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

// Differences returns the values that differ, as "before -> after", by name.
func (o Org) Differences(next Org) map[string]string {
	return differences(map[string][2]string{
		"name": {o.Name, next.Name}, "slug": {string(o.Slug), string(next.Slug)}, "status": {string(o.Status), string(next.Status)},
	})
}

// Suspend suspends the org, whose accounts then cannot sign in. It returns ErrPlatformOrg for the operators' own org,
// which nobody could activate again.
func (o *Org) Suspend(now time.Time) error {
	if o.Platform {
		return ErrPlatformOrg
	}
	o.setStatus(StatusSuspended, now)
	return nil
}

// Activate makes the org usable again, with its accounts and sessions unchanged.
func (o *Org) Activate(now time.Time) { o.setStatus(StatusActive, now) }

func (o *Org) setStatus(status Status, now time.Time) {
	if o.Status != status {
		o.Status, o.UpdatedAt = status, now
	}
}

// OrgFilter selects orgs. An empty field selects every org.
type OrgFilter struct {
	Text   string // a part of the name or the slug, in any letter case
	Status Status
}

// Check returns ErrInvalid for a value that no org could match.
func (f OrgFilter) Check() error {
	switch {
	case !isSearchable(f.Text):
		return Invalid("q", "must be at most 200 characters without control characters")
	case f.Status != "" && f.Status != StatusActive && f.Status != StatusSuspended:
		return Invalid("status", "must be active or suspended")
	}
	return nil
}

// Slug is the short name of an org for URLs.
type Slug string

// ParseSlug accepts 2 to 63 lower-case letters, digits and inner hyphens: one DNS
// label (RFC 1035 §2.3.1). A slug never has the form of an id, so the two cannot collide.
func ParseSlug(raw string) (Slug, error) {
	ok := len(raw) >= 2 && len(raw) <= 63 && raw[0] != '-' && raw[len(raw)-1] != '-' && !IsID(raw)
	for _, c := range []byte(raw) {
		ok = ok && (isAlphanumeric(c) || c == '-') && (c < 'A' || c > 'Z')
	}
	if !ok {
		return "", Invalid("slug", "must be 2 to 63 lower-case letters, digits or inner hyphens, and not an id")
	}
	return Slug(raw), nil
}

// OrgReference returns the canonical form of an org's id or slug as somebody typed it. Both are
// in lower case.
func OrgReference(typed string) string { return strings.ToLower(strings.TrimSpace(typed)) }
