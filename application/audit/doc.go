// Package audit is how an org looks at what happened in it.
package audit
