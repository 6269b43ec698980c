package earlier

// Problem is a reason why nothing is moved.
type Problem struct {
	Text   string
	Remedy Remedy
}

// Remedy is the kind of thing that solves a problem. The command says how to do it.
type Remedy string

// The remedies.
const (
	RemedyNone    Remedy = ""        // there is nothing to move
	RemedyName    Remedy = "name"    // name an org that exists there
	RemedyTenancy Remedy = "tenancy" // have several orgs, or choose one
	RemedyKeys    Remedy = "keys"    // give the keys, or move without authenticator apps
	RemedySlug    Remedy = "slug"    // choose another slug, or an org that exists here
	RemedyInto    Remedy = "into"    // name an org that exists here
	RemedyAddress Remedy = "address" // correct the address of an owner
	RemedyOwner   Remedy = "owner"   // name an owner, or move without one
)
