package console

// deedList is what the caller can do to a resource.
type deedList struct {
	title string // key of the text above it
	texts string // what the keys of the texts of each deed begin with
	path  string // of the resource
	all   []deed
}

// deed is something that the caller can do to a resource.
type deed struct {
	name     string
	path     string // below that of the resource
	asks     bool   // the path leads to a page that asks first
	confirms bool   // the button asks on the page itself
	danger   bool
}

func (d deed) kind() string {
	if d.danger {
		return "danger"
	}
	return "quiet"
}
