// Package signin has the pages for visitors: every step of a sign-in, and what the links in emails open.
package signin
