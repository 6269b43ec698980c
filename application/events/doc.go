// Package events delivers audit events to consumers inside the service.
//
// The outbox is the queue: one job per event and consumer. A table of events read by a cursor would promise an order,
// but would need its own claims, retries and clean-up, and would make all units of work wait for one another to know
// in which order they committed. A job costs a row only where a consumer wants the event.
package events
