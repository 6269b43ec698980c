// Package river implements the queue of jobs with River, in the database of the store and in the transactions of its units
// of work. Handlers do the jobs; the package itself knows no kind of job.
package river
