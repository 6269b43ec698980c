// Package river queues the work that outlives a request, with River, in the same database
// and the same transaction as what it belongs to. What a job does is not decided here.
package river
