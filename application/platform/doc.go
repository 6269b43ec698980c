// Package platform has the use cases of all orgs of a deployment: operators create, list, suspend and
// activate orgs, and the first org and its owner are seeded.
package platform
