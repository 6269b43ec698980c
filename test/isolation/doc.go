// Package isolation proves that no org reaches another's data: it asks every route of the
// running service for what belongs to another org, and the database itself without the service.
//
// Whoever adds a route says in testdata/access.txt who may call it, and in ids_test.go what
// its ids name; whoever adds a door across orgs says in doors_test.go what it opens.
package isolation
