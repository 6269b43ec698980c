// Package web serves pages for browsers: sign-in, the own account and the console of an org. Like the API, it is an inbound
// adapter over the use cases.
package web
