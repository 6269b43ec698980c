// Package http is the REST API: Fiber underneath, Huma for contracts, problem+json for
// every failure. routes.go shows the whole API; a handler decodes, calls one use case
// and shows the result. No rule of the product lives here.
package http
