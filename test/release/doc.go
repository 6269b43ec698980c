// Package release checks what is published: the configuration of releases, that the programs can be built again byte by byte, their
// version, and the list of what is in them.
package release
