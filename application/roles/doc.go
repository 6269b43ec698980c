// Package roles is how an org says who may do what in it.
package roles
