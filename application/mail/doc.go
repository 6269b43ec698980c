// Package mail writes the emails that other use cases have enqueued.
package mail
