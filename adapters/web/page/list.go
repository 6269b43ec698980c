package page

import (
	"net/url"

	"github.com/sole-platform/sole/domain"
)

// Cursors encrypts places in lists, so that a visitor can neither read nor forge them.
type Cursors struct {
	Seal func(list string, org domain.OrgID, filter, place any) (string, error)
	Open func(list string, org domain.OrgID, filter any, cursor string, place any) error
}

// List is a list of the caller's org that the page shows a part of. The JSON of equal filters must be equal.
type List struct {
	Name   string
	Filter any
}

// After sets the place to the one that the query asks for, and leaves it unchanged without one.
func (r *Request) After(list List, place any) error {
	return r.site.Cursors.Open(list.Name, r.Caller.Org.ID, list.Filter, r.Query("cursor"), place)
}

// Next returns the path of the part of the list that follows the place, with the same query.
func (r *Request) Next(list List, place any) (string, error) {
	cursor, err := r.site.Cursors.Seal(list.Name, r.Caller.Org.ID, list.Filter, place)
	query := r.Queries()
	query.Set("cursor", cursor)
	query.Del("done")
	return (&url.URL{Path: r.Path(), RawQuery: query.Encode()}).String(), err
}

// start returns the path of the first part of the list, with the same query; "" on it.
func (r *Request) start() string {
	query := r.Queries()
	if !query.Has("cursor") {
		return ""
	}
	query.Del("cursor")
	return (&url.URL{Path: r.Path(), RawQuery: query.Encode()}).String()
}
