// Package faults takes away from the running service what it depends on, under load, and
// looks at every answer: never a 500, nothing acknowledged lost, and all well again within a
// second. Each test has one bad day. What the service answers on good ones is test/e2e's.
package faults
