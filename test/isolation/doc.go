// Package isolation tests that no org reaches the data of another: it sends ids of another org to every
// route of the running service, and queries the database itself without the service.
//
// The description of a new route in adapters/http/operations states who may call it. List new kinds of
// ids in ids_test.go, and a new door across orgs in doors_test.go.
package isolation
