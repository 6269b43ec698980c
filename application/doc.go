// Package application is what the capabilities below it share.
package application
