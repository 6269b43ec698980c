// Package documents tests the documents: README.md, CONTRIBUTING.md, SECURITY.md,
// CHANGELOG.md and docs/.
//
// It checks that links have targets, that the files, tests, routes, commands and keys that
// the documents name exist, that generated parts equal what the code says, and it runs the
// commands of the documents. To write the generated parts again:
//
//	UPDATE=1 go test ./test/documents ./bootstrap -run Generated
package documents
