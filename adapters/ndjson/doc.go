// Package ndjson reads an audit log that left the host, a JSON object a line: an export of
// events, and seals.
package ndjson
