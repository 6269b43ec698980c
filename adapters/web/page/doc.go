// Package page is what all pages share: requests, sessions in a cookie, rendering, forms, step-ups in place and
// the components that the views are made of.
package page
