package http

import "github.com/sole-platform/sole/domain"

// Paging has the parameters of a request for one page of a list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"The maximum number of items."`
	Cursor string `query:"cursor" maxLength:"1000" doc:"The next_cursor of the previous page, with the same filter."`
}

// page is a part of a list. NextCursor is null on the last page.
type page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor" doc:"Send it as ?cursor= to get the next page; null on the last page."`
}

// wholeList is a list that fits into one page.
func wholeList[E, T any](found []E, show func(E) T) page[T] {
	shown := page[T]{Items: make([]T, len(found))}
	for i, element := range found {
		shown.Items[i] = show(element)
	}
	return shown
}

// pager creates the pages of one list of an org. It refuses the cursors of other lists, orgs and filters.
type pager struct {
	cursors Cursors
	scope   CursorScope
}

func (c Cursors) list(operation string, org domain.OrgID, filter any) pager {
	return pager{cursors: c, scope: CursorScope{List: operation, Org: org, Filter: filter}}
}

// pageOf returns the page that a request asks for. find returns the elements after a place and the
// place after which the next page starts, or nil at the end of the list.
func pageOf[E, T, K any](
	p pager, cursor string, show func(E) T, find func(after K) (found []E, next *K, err error),
) (page[T], error) {
	var after K
	if err := p.cursors.Open(p.scope, cursor, &after); err != nil {
		return page[T]{}, err
	}
	found, next, err := find(after)
	if err != nil {
		return page[T]{}, err
	}
	shown := wholeList(found, show)
	if next == nil {
		return shown, nil
	}
	sealed, err := p.cursors.Seal(p.scope, *next)
	shown.NextCursor = &sealed
	return shown, err
}

// nextPlace returns the place of the last element if more follow it, and nil otherwise.
func nextPlace[E, K any](found []E, more bool, place func(E) K) *K {
	if !more {
		return nil
	}
	last := place(found[len(found)-1])
	return &last
}
