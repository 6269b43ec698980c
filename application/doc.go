// Package application is the parent of the capabilities and their ports. It has no code of its own.
package application
