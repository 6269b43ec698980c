// Package ndjson reads files with one JSON object per line: an exported audit log, which is a file of events and a file of seals, and
// accounts of other systems.
package ndjson
