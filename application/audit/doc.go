// Package audit has the use cases that read, seal, verify and expire the audit log of an org.
package audit
