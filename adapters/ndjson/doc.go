// Package ndjson reads an exported audit log: a file of events and a file of seals, with one JSON object per line.
package ndjson
